// A chart of horizontal bars as an SVG document: a bar for each row, of one piece or of several,
// one behind the other.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace penstock::bench {

struct BarRange {
  double low = 0;
  double high = 0;
};

struct BarRow {
  std::string name;
  std::vector<double> pieces;     // as many as the chart has piece names
  std::optional<BarRange> range;  // drawn about the bar's end: how far it is uncertain
  std::optional<double> mark;     // a stroke across the bar
};

struct BarChart {
  std::string title;
  std::string unit;
  std::vector<std::string> pieces;  // names, for the legend; one, which is not shown, or more
  std::string mark = {};            // what the strokes mean; empty: there are none
  std::vector<BarRow> rows;
};

// The sum is written behind each bar. Texts are escaped.
std::string to_svg(const BarChart& chart);

}  // namespace penstock::bench
