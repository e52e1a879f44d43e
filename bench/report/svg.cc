#include "bench/report/svg.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace penstock::bench {
namespace {

std::string attribute(const char* name, double value) {
  return std::string(" ") + name + "=\"" + svg_number(value) + "\"";
}

std::string line(double x1, double y1, double x2, double y2, const char* color) {
  return "<line" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) +
         attribute("y2", y2) + color + "/>\n";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string svg_number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.6g", value);
  return text;
}

std::string svg_open(double width, double height) {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\"" + attribute("width", width) +
         attribute("height", height) + " viewBox=\"0 0 " + svg_number(width) + " " +
         svg_number(height) + "\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n" +
         "<rect width=\"100%\" height=\"100%\" fill=\"white\" "
         "style=\"fill:var(--ground, white)\"/>\n";
}

std::string svg_text(double x, double y, Anchor anchor, std::string_view text) {
  constexpr std::array<const char*, 3> kAnchors = {"start", "middle", "end"};
  return "<text" + attribute("x", x) + attribute("y", y) + " text-anchor=\"" +
         kAnchors[static_cast<std::size_t>(anchor)] +
         "\" fill=\"#222\" style=\"fill:var(--ink, #222)\">" + escaped(text) + "</text>\n";
}

std::string svg_grid_line(double x1, double y1, double x2, double y2) {
  return line(x1, y1, x2, y2, " stroke=\"#ccc\" style=\"stroke:var(--grid, #ccc)\"");
}

std::string svg_line(double x1, double y1, double x2, double y2) {
  return line(x1, y1, x2, y2,
              " stroke=\"#222\" stroke-width=\"1.5\" style=\"stroke:var(--ink, #222)\"");
}

std::string svg_rectangle(double x, double y, double width, double height, std::string_view color,
                          std::string_view hint) {
  const std::string title =
      hint.empty() ? "/>\n" : "><title>" + escaped(hint) + "</title></rect>\n";
  return "<rect" + attribute("x", x) + attribute("y", y) + attribute("width", width) +
         attribute("height", height) + " fill=\"" + std::string(color) + "\"" + title;
}

double round_step(double step) {
  const double power = std::pow(10, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (step <= factor * power) return factor * power;
  }
  return 10 * power;
}

std::string_view chart_color(std::size_t number) {
  constexpr std::array<std::string_view, 8> kColors = {"#4c78a8", "#f58518", "#54a24b", "#e45756",
                                                       "#9d6db8", "#b79a20", "#2f9e9a", "#8f8f8f"};
  return kColors[number % kColors.size()];
}

}  // namespace penstock::bench
