// Median and quartiles of a few figures. Pure functions.
#pragma once

#include <vector>

namespace penstock::compare {

struct Spread {
  double median = 0;
  double q1 = 0;
  double q3 = 0;
};

// Between two figures it is linear: of {1, 2, 3, 4} the median is 2.5 and q1 is 1.75. Not of
// nothing.
Spread spread_of(std::vector<double> figures);

}  // namespace penstock::compare
