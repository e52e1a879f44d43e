#include "dataplane/forward/pace.h"

#include <limits>

namespace penstock {

void Pace::measure(Timestamp now, std::uint32_t percent, double estimate_bps) {
  const Duration elapsed = now - measured_at_;
  if (elapsed < kMeasureInterval) return;
  const bool is_first = measured_at_ == 0;
  measured_at_ = now;
  const std::uint64_t bytes = offered_bytes_;
  offered_bytes_ = 0;
  if (is_first && estimate_bps == 0) return;
  const auto rate = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      bytes * static_cast<std::uint64_t>(kSecond) / static_cast<std::uint64_t>(elapsed),
      std::numeric_limits<std::uint32_t>::max()));
  // A frame in one interval and none in the next are the rate of both.
  const std::uint64_t target = estimate_bps == 0 ? std::max(rate, rate_before_)
                                                 : static_cast<std::uint64_t>(estimate_bps / 8);
  rate_before_ = rate;
  const std::uint64_t pace = target * percent / 100;
  const std::uint64_t ns = pace == 0 ? 0 : static_cast<std::uint64_t>(kSecond) * 1'024 / pace;
  ns_per_kibibyte_ = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(ns, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace penstock
