#include "bench/compare/rate_search.h"

#include <algorithm>
#include <cmath>

namespace penstock::compare {

bool RateSearch::is_done() const {
  if (tries_ >= limits_.tries || good_ >= limits_.max) return true;
  return bad_ != 0 && bad_ - good_ <= limits_.precision * bad_;
}

void RateSearch::report(bool has_passed) {
  ++tries_;
  if (has_passed) {
    good_ = std::max(good_, next_);
  } else {
    bad_ = bad_ == 0 ? next_ : std::min(bad_, next_);
  }
  if (bad_ == 0) {
    next_ = std::min(2 * good_, limits_.max);
  } else if (good_ == 0) {
    next_ = bad_ / 2;
  } else {
    next_ = std::sqrt(good_ * bad_);
  }
}

}  // namespace penstock::compare
