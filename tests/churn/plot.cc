#include "tests/churn/plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace penstock::churn {
namespace {

// In pixels: the document, and the part of it between the axes.
constexpr double kWidth = 800;
constexpr double kHeight = 450;
constexpr double kLeft = 90;
constexpr double kRight = 780;
constexpr double kTop = 50;
constexpr double kBottom = 390;
constexpr int kTicks = 5;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.6g", value);
  return text;
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else
      result += c;
  }
  return result;
}

struct Range {
  double low = 0;
  double high = 0;

  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  double share(double value) const { return high == low ? 0 : (value - low) / (high - low); }
};

// The next of 1, 2 and 5 times a power of ten.
double round_step(double step) {
  const double power = std::pow(10, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (step <= factor * power) return factor * power;
  }
  return 10 * power;
}

class Canvas {
 public:
  explicit Canvas(const Plot& plot) {
    for (const PlotLine& line : plot.lines) {
      for (const Point& point : line.points) {
        x_.include(point.x);
        y_.include(point.y);
      }
    }
    if (x_.high == x_.low) x_.high = x_.low + 1;
    if (y_.high == y_.low) y_.high = y_.low + 1;
  }

  double x(double value) const { return kLeft + x_.share(value) * (kRight - kLeft); }
  double y(double value) const { return kBottom - y_.share(value) * (kBottom - kTop); }

  std::string text(double x, double y, const std::string& anchor, const std::string& text) const {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" +
           escaped(text) + "</text>\n";
  }
  std::string stroke(double x1, double y1, double x2, double y2) const {
    return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) +
           "\" y2=\"" + number(y2) + "\" stroke=\"#ccc\"/>\n";
  }

  std::string axes() const {
    std::string svg;
    const double x_step = round_step((x_.high - x_.low) / kTicks);
    for (double value = 0; value <= x_.high * 1.001; value += x_step) {
      svg += stroke(x(value), kTop, x(value), kBottom);
      svg += text(x(value), kBottom + 18, "middle", number(value));
    }
    const double y_step = round_step((y_.high - y_.low) / kTicks);
    for (double value = std::ceil(y_.low / y_step) * y_step; value <= y_.high * 1.001;
         value += y_step) {
      svg += stroke(kLeft, y(value), kRight, y(value));
      svg += text(kLeft - 8, y(value) + 4, "end", number(value));
    }
    return svg;
  }

  std::string line(const PlotLine& line) const {
    std::string svg =
        "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" + line.color + "\" points=\"";
    for (const Point& point : line.points) {
      svg += number(x(point.x)) + "," + number(y(point.y)) + " ";
    }
    return svg + "\"/>\n";
  }

 private:
  Range x_;
  Range y_;
};

}  // namespace

std::string to_svg(const Plot& plot) {
  const Canvas canvas(plot);
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(kWidth) +
                    "\" height=\"" + number(kHeight) + "\" viewBox=\"0 0 " + number(kWidth) + " " +
                    number(kHeight) + "\" font-family=\"sans-serif\" font-size=\"13\">\n" +
                    "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
  svg += canvas.text(kWidth / 2, 25, "middle", plot.title);
  svg += canvas.text(kWidth / 2, kHeight - 15, "middle", plot.x_label);
  svg += canvas.text(kLeft, kTop - 8, "middle", plot.y_label);
  svg += canvas.axes();
  double legend_y = kTop + 20;
  for (const PlotLine& line : plot.lines) {
    svg += canvas.line(line);
    svg += "<rect x=\"" + number(kLeft + 15) + "\" y=\"" + number(legend_y - 10) +
           "\" width=\"12\" height=\"12\" fill=\"" + line.color + "\"/>\n";
    svg += canvas.text(kLeft + 33, legend_y, "start", line.name);
    legend_y += 20;
  }
  return svg + "</svg>\n";
}

}  // namespace penstock::churn
