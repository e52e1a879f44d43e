// A line chart as an SVG document: nothing but what a chart of memory over cycles needs.
#pragma once

#include <string>
#include <vector>

#include "tests/churn/least_squares.h"

namespace penstock::churn {

struct PlotLine {
  std::string name;
  std::string color;  // as in SVG
  std::vector<Point> points;
};

struct Plot {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<PlotLine> lines;
};

// Both axes begin at zero or below. Texts are escaped.
std::string to_svg(const Plot& plot);

}  // namespace penstock::churn
