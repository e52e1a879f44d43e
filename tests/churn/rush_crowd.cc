#include "tests/churn/rush_crowd.h"

#include <algorithm>

namespace penstock::churn {
RushCrowd::RushCrowd() : certificate_(joiners_certificate()) {
  for (std::uint32_t i = 0; i < kRushLines; ++i) {
    lines_.push_back(std::make_unique<Joiner>(loop_, certificate_, i, rush_room(i)));
  }
}

std::uint64_t RushCrowd::let_in_for(Duration duration, std::uint64_t per_second) {
  const Timestamp began_at = loop_.now();
  std::uint64_t begun = 0;
  const auto is_due = [&] {
    const Duration passed = loop_.now() - began_at;
    return passed < duration && begun <= per_second * static_cast<std::uint64_t>(passed) / kSecond;
  };
  const auto is_idle = [](const auto& line) { return line->is_idle(); };
  while (loop_.now() - began_at < duration || !std::ranges::all_of(lines_, is_idle)) {
    for (const auto& line : lines_) {
      if (line->is_idle()) {
        if (!is_due()) continue;
        ++begun;
      }
      line->advance();
    }
    loop_.run_for(kMillisecond);
  }
  return begun;
}

void RushCrowd::end() {
  for (const auto& line : lines_) line->end();
}

}  // namespace penstock::churn
