// How much memory a process holds while it works, and whether that grows.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/churn/least_squares.h"

namespace penstock::churn {

// For the environment of a process that is measured. A heap gives its top back to the kernel and
// takes it again, depending on what happens to lie there at the moment; one that keeps what it once
// had shows nothing but growth. And what was freed counts as free, not as a thread's.
inline const std::pair<std::string, std::string> kSteadyHeap = {
    "GLIBC_TUNABLES", "glibc.malloc.trim_threshold=1099511627776:glibc.malloc.tcache_count=0"};

// Bytes resident (VmRSS of /proc/PID/status); 0 if there is no such process.
std::size_t resident_bytes(pid_t process);

// What a run's samples say.
struct Growth {
  double slope_bytes_per_cycle = 0;  // least squares, after the warm-up
  std::int64_t bytes = 0;            // from the first sample after the warm-up to the last
  std::size_t samples = 0;           // after the warm-up
  bool is_none = false;              // by one of the two rules
  std::string rule;                  // which one applied, in words
};

// What a process has from malloc while nobody uses it, before and after a run: exact, where what is
// resident only tells that more was needed than ever before.
struct HeapAtRest {
  // Containers keep the room they once had, and ids have more digits or fewer.
  static constexpr std::int64_t kBytesMax = 1'024;

  std::uint64_t before = 0;
  std::uint64_t after = 0;

  std::int64_t growth() const { return static_cast<std::int64_t>(after - before); }
  bool is_steady() const { return before != 0 && growth() <= kBytesMax; }
  bool is_same() const { return is_steady() && growth() >= -kBytesMax; }
};

// Samples taken along a run of a known number of cycles.
class ResidentMemory {
 public:
  static constexpr std::size_t kSamples = 400;
  static constexpr double kWarmUp = 0.1;  // of the run: pools and caches are touched first
  static constexpr double kSlopeMax = 0.001;
  // What may come and go in a short run whatever its slope is: a heap grows by pages.
  static constexpr std::int64_t kBytesMax = 64 * 1'024;

  explicit ResidentMemory(std::uint64_t cycles) : cycles_(cycles) {}

  bool is_due(std::uint64_t cycle) const { return cycle >= next_; }
  void add(std::uint64_t cycle, std::size_t bytes);

  Growth growth() const;
  const std::vector<Point>& samples() const { return samples_; }

 private:
  std::uint64_t cycles_;
  std::uint64_t next_ = 0;
  std::vector<Point> samples_;  // x: cycle, y: bytes
};

}  // namespace penstock::churn
