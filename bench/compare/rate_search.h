// Finds the highest rate that passes: doubles it while it does, then halves the gap, within a
// bounded number of tries. Knows nothing of how a rate is tried.
#pragma once

#include <cstddef>

namespace penstock::compare {

struct RateSearchLimits {
  double first = 1'000;
  double max = 1e6;
  std::size_t tries = 8;
  double precision = 0.1;  // of the result: the search ends when it is this close
};

class RateSearch {
 public:
  explicit RateSearch(const RateSearchLimits& limits) : limits_(limits), next_(limits.first) {}

  bool is_done() const;
  // What to try, if it is not done.
  double next() const { return next_; }
  // Whether that has passed.
  void report(bool has_passed);
  // The highest that has passed; 0: none.
  double best() const { return good_; }

 private:
  RateSearchLimits limits_;
  double next_;
  double good_ = 0;
  double bad_ = 0;  // 0: none yet
  std::size_t tries_ = 0;
};

}  // namespace penstock::compare
