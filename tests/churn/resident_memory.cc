#include "tests/churn/resident_memory.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <span>

namespace penstock::churn {

std::size_t resident_bytes(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string word; status >> word;) {
    std::size_t kibibytes = 0;
    if (word == "VmRSS:" && status >> kibibytes) return kibibytes * 1'024;
  }
  return 0;
}

void ResidentMemory::add(std::uint64_t cycle, std::size_t bytes) {
  samples_.push_back({static_cast<double>(cycle), static_cast<double>(bytes)});
  next_ = cycle + std::max<std::uint64_t>(1, cycles_ / kSamples);
}

Growth ResidentMemory::growth() const {
  const double from = kWarmUp * static_cast<double>(cycles_);
  const auto first =
      std::ranges::find_if(samples_, [&](const Point& sample) { return sample.x >= from; });
  const std::span<const Point> measured(first, samples_.end());
  Growth growth;
  growth.samples = measured.size();
  if (measured.empty()) {
    growth.rule = "no samples";
    return growth;
  }
  growth.slope_bytes_per_cycle = fit_line(measured).slope;
  growth.bytes = static_cast<std::int64_t>(measured.back().y - measured.front().y);
  if (std::abs(growth.slope_bytes_per_cycle) < kSlopeMax) {
    growth.is_none = true;
    growth.rule = "|slope| < 0.001 B/cycle";
  } else if (growth.bytes <= kBytesMax) {
    growth.is_none = true;
    growth.rule = "growth <= 64 KiB";
  } else {
    growth.rule = "neither |slope| < 0.001 B/cycle nor growth <= 64 KiB";
  }
  return growth;
}

}  // namespace penstock::churn
