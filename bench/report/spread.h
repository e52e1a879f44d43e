// A median and how far the values lie apart.
#pragma once

#include <cstddef>
#include <vector>

namespace penstock::bench {

struct Spread {
  double median = 0;
  double q1 = 0;  // the quartiles
  double q3 = 0;
  double min = 0;
  std::size_t count = 0;
};

// All zero without values.
Spread spread_of(std::vector<double> values);

}  // namespace penstock::bench
