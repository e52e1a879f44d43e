#include "bench/report/plot.h"

#include <algorithm>
#include <cmath>

#include "bench/report/svg.h"

namespace penstock::bench {
namespace {

// In pixels: the document, and the part of it between the axes.
constexpr double kWidth = 800;
constexpr double kHeight = 450;
constexpr double kLeft = 90;
constexpr double kRight = 780;
constexpr double kTop = 50;
constexpr double kBottom = 390;
constexpr int kTicks = 5;
// Below all that.
constexpr std::size_t kLegendColumns = 3;
constexpr double kLegendWidth = 235;
constexpr double kLegendRow = 20;

// Where values are between the ends of an axis.
class Scale {
 public:
  explicit Scale(const PlotAxis& axis) : axis_(axis) {}

  bool can_show(double value) const { return !axis_.is_logarithmic || value > 0; }

  void include(double value) {
    if (!can_show(value)) return;
    if (is_empty_) low_ = high_ = axis_.is_logarithmic ? value : 0;
    is_empty_ = false;
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }

  // With room to draw in, whatever was included.
  void finish() {
    for (const PlotTick& tick : axis_.ticks) include(tick.value);
    if (is_empty_) include(1);
    if (high_ == low_) high_ = axis_.is_logarithmic ? low_ * 10 : low_ + 1;
  }

  double share(double value) const {
    if (!axis_.is_logarithmic) return (value - low_) / (high_ - low_);
    return std::log(value / low_) / std::log(high_ / low_);
  }

  std::vector<PlotTick> ticks() const {
    if (!axis_.ticks.empty()) return axis_.ticks;
    return axis_.is_logarithmic ? powers() : round_numbers();
  }

 private:
  static PlotTick tick_at(double value) { return {value, svg_number(value)}; }

  std::vector<PlotTick> round_numbers() const {
    std::vector<PlotTick> ticks;
    const double step = round_step((high_ - low_) / kTicks);
    for (double value = std::ceil(low_ / step) * step; value <= high_ * 1.001; value += step) {
      ticks.push_back(tick_at(value));
    }
    return ticks;
  }

  // 1, 2 and 5 times each power of ten.
  std::vector<PlotTick> powers() const {
    std::vector<PlotTick> ticks;
    for (double power = std::pow(10, std::floor(std::log10(low_))); power <= high_; power *= 10) {
      for (const double factor : {1.0, 2.0, 5.0}) {
        const double value = power * factor;
        if (value >= low_ * 0.999 && value <= high_ * 1.001) ticks.push_back(tick_at(value));
      }
    }
    return ticks;
  }

  const PlotAxis& axis_;
  bool is_empty_ = true;
  double low_ = 0;
  double high_ = 0;
};

class PlotCanvas {
 public:
  explicit PlotCanvas(const Plot& plot) : x_(plot.x), y_(plot.y) {
    for (const PlotLine& line : plot.lines) {
      for (const Point& point : line.points) {
        x_.include(point.x);
        y_.include(point.y);
      }
    }
    x_.finish();
    y_.finish();
  }

  std::string axes() const {
    std::string svg;
    for (const PlotTick& tick : x_.ticks()) {
      svg += svg_grid_line(x(tick.value), kTop, x(tick.value), kBottom);
      const bool is_last = x(tick.value) > kRight - 5;  // must not stand out of the document
      svg += svg_text(is_last ? kWidth - 2 : x(tick.value), kBottom + 18,
                      is_last ? Anchor::kEnd : Anchor::kMiddle, tick.label);
    }
    for (const PlotTick& tick : y_.ticks()) {
      svg += svg_grid_line(kLeft, y(tick.value), kRight, y(tick.value));
      svg += svg_text(kLeft - 8, y(tick.value) + 4, Anchor::kEnd, tick.label);
    }
    return svg;
  }

  std::string line(const PlotLine& line) const {
    std::string svg =
        "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" + line.color + "\" points=\"";
    for (const Point& point : line.points) {
      if (!x_.can_show(point.x) || !y_.can_show(point.y)) continue;
      svg += svg_number(x(point.x)) + "," + svg_number(y(point.y)) + " ";
    }
    return svg + "\"/>\n";
  }

 private:
  double x(double value) const { return kLeft + x_.share(value) * (kRight - kLeft); }
  double y(double value) const { return kBottom - y_.share(value) * (kBottom - kTop); }

  Scale x_;
  Scale y_;
};

}  // namespace

std::string to_svg(const Plot& plot) {
  const PlotCanvas canvas(plot);
  const std::size_t legend_rows = (plot.lines.size() + kLegendColumns - 1) / kLegendColumns;
  std::string svg = svg_open(kWidth, kHeight + kLegendRow * static_cast<double>(legend_rows));
  svg += svg_text(kWidth / 2, 25, Anchor::kMiddle, plot.title);
  svg += svg_text(kWidth / 2, kHeight - 15, Anchor::kMiddle, plot.x.label);
  svg += svg_text(15, kTop - 12, Anchor::kStart, plot.y.label);
  svg += canvas.axes();
  for (std::size_t i = 0; i < plot.lines.size(); ++i) {
    const double x = kLeft + static_cast<double>(i % kLegendColumns) * kLegendWidth;
    const double y = kHeight + 4 + static_cast<double>(i / kLegendColumns) * kLegendRow;
    svg += canvas.line(plot.lines[i]);
    svg += svg_rectangle(x, y - 10, 12, 12, plot.lines[i].color);
    svg += svg_text(x + 18, y, Anchor::kStart, plot.lines[i].name);
  }
  return svg + "</svg>\n";
}

}  // namespace penstock::bench
