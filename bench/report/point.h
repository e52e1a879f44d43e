// A point of a line in a plot.
#pragma once

namespace penstock::bench {

struct Point {
  double x = 0;
  double y = 0;
};

}  // namespace penstock::bench
