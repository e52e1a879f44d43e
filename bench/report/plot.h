// A line chart as an SVG document.
#pragma once

#include <string>
#include <vector>

#include "bench/report/point.h"

namespace penstock::bench {

struct PlotLine {
  std::string name;
  std::string color;  // as in SVG
  std::vector<Point> points;
};

struct PlotTick {
  double value = 0;
  std::string label;
};

struct PlotAxis {
  std::string label;
  // Only values above zero are drawn on it.
  bool is_logarithmic = false;
  // Where the grid is; if empty, at round numbers.
  std::vector<PlotTick> ticks = {};
};

struct Plot {
  std::string title;
  PlotAxis x;
  PlotAxis y;
  std::vector<PlotLine> lines;
};

// Axes that are not logarithmic begin at zero or below. Texts are escaped.
std::string to_svg(const Plot& plot);

}  // namespace penstock::bench
