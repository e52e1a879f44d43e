#include "bench/report/bars.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "bench/report/svg.h"

namespace penstock::bench {
namespace {

// In pixels.
constexpr double kBarsWidth = 800;
constexpr double kBarsLeft = 230;
constexpr double kBarsRight = 720;  // room for the sums behind it
constexpr double kBarsTop = 70;
constexpr double kRow = 26;
constexpr double kBar = 18;
constexpr double kBelow = 34;  // for the axis
constexpr double kLegendLine = 18;
constexpr double kBarsLegendWidth = 150;
constexpr std::size_t kBarsLegendColumns = 5;
constexpr int kBarsTicks = 6;

double sum_of(const BarRow& row) {
  return std::accumulate(row.pieces.begin(), row.pieces.end(), 0.0);
}

double largest(const BarChart& chart) {
  double high = 0;
  for (const BarRow& row : chart.rows) {
    high = std::max({high, sum_of(row), row.mark.value_or(0), row.range.value_or(BarRange{}).high});
  }
  return high == 0 ? 1 : high;
}

// Three digits that matter.
std::string value_text(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
  return text;
}

class BarCanvas {
 public:
  explicit BarCanvas(const BarChart& chart) : chart_(chart), high_(largest(chart)) {}

  std::string legend() const {
    if (chart_.pieces.size() < 2 && chart_.mark.empty()) return {};
    std::string svg;
    std::size_t place = 0;
    const auto entry = [&](const std::string& name) {
      const double x = 20 + static_cast<double>(place % kBarsLegendColumns) * kBarsLegendWidth;
      const double y = 48 + static_cast<double>(place / kBarsLegendColumns) * kLegendLine;
      ++place;
      svg += svg_text(x + 18, y, Anchor::kStart, name);
      return Place{x, y};
    };
    for (std::size_t i = 0; chart_.pieces.size() > 1 && i < chart_.pieces.size(); ++i) {
      const Place at = entry(chart_.pieces[i]);
      svg += svg_rectangle(at.x, at.y - 10, 12, 12, chart_color(i));
    }
    if (!chart_.mark.empty()) {
      const Place at = entry(chart_.mark);
      svg += svg_line(at.x + 6, at.y - 12, at.x + 6, at.y + 4);
    }
    return svg;
  }

  double top() const {
    const std::size_t entries =
        (chart_.pieces.size() > 1 ? chart_.pieces.size() : 0) + (chart_.mark.empty() ? 0 : 1);
    return kBarsTop + (entries > kBarsLegendColumns ? kLegendLine : 0) - (entries == 0 ? 25 : 0);
  }
  double bottom() const { return top() + kRow * static_cast<double>(chart_.rows.size()); }

  std::string axis() const {
    std::string svg;
    const double step = round_step(high_ / kBarsTicks);
    for (double value = 0; value <= high_ * 1.001; value += step) {
      svg += svg_grid_line(x(value), top(), x(value), bottom());
      svg += svg_text(x(value), bottom() + 18, Anchor::kMiddle, svg_number(value));
    }
    return svg + svg_text(kBarsWidth - 15, bottom() + 18, Anchor::kEnd, chart_.unit);
  }

  std::string bar(std::size_t number) const {
    const BarRow& row = chart_.rows[number];
    const double y = top() + static_cast<double>(number) * kRow + (kRow - kBar) / 2;
    std::string svg = svg_text(kBarsLeft - 10, y + 13, Anchor::kEnd, row.name);
    double from = 0;
    for (std::size_t i = 0; i < row.pieces.size(); ++i) {
      const std::string hint = chart_.pieces[i] + ": " + value_text(row.pieces[i]);
      svg +=
          svg_rectangle(x(from), y, x(from + row.pieces[i]) - x(from), kBar, chart_color(i), hint);
      from += row.pieces[i];
    }
    double end = from;
    if (row.range) {
      const double middle = y + kBar / 2;
      svg += svg_line(x(row.range->low), middle, x(row.range->high), middle);
      svg += svg_line(x(row.range->low), middle - 4, x(row.range->low), middle + 4);
      svg += svg_line(x(row.range->high), middle - 4, x(row.range->high), middle + 4);
      end = std::max(end, row.range->high);
    }
    if (row.mark) {
      svg += svg_line(x(*row.mark), y - 3, x(*row.mark), y + kBar + 3);
      end = std::max(end, *row.mark);
    }
    return svg + svg_text(x(end) + 6, y + 13, Anchor::kStart, value_text(from));
  }

 private:
  struct Place {
    double x;
    double y;
  };
  double x(double value) const { return kBarsLeft + value / high_ * (kBarsRight - kBarsLeft); }

  const BarChart& chart_;
  double high_;
};

}  // namespace

std::string to_svg(const BarChart& chart) {
  const BarCanvas canvas(chart);
  std::string svg = svg_open(kBarsWidth, canvas.bottom() + kBelow);
  svg += svg_text(kBarsWidth / 2, 25, Anchor::kMiddle, chart.title);
  svg += canvas.legend() + canvas.axis();
  for (std::size_t i = 0; i < chart.rows.size(); ++i) svg += canvas.bar(i);
  return svg + "</svg>\n";
}

}  // namespace penstock::bench
