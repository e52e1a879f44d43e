// What a pool holds at a moment, for the log, the admin interface and tests. Values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace penstock {

struct PoolCounts {
  std::size_t capacity = 0;
  std::size_t free = 0;
  std::size_t live = 0;
  std::size_t retired = 0;

  bool is_conserved() const { return free + live + retired == capacity; }
  bool operator==(const PoolCounts&) const = default;
};

struct PoolReport {
  std::string_view name;  // a literal
  PoolCounts counts;
  std::size_t slot_bytes = 0;

  bool operator==(const PoolReport&) const = default;
};

using PoolReports = std::vector<PoolReport>;

}  // namespace penstock
