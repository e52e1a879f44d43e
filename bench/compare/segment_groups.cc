#include "bench/compare/segment_groups.h"

#include <algorithm>

#include "dataplane/base/check.h"

namespace penstock::compare {
namespace {

// A key is the destination, and below it the place in the burst.
constexpr unsigned kPlaceBits = 16;

}  // namespace

void SegmentGrouper::order_by_destination(std::span<const Departure> departures) {
  PENSTOCK_CHECK(departures.size() <= std::size_t{1} << kPlaceBits);
  keys_.clear();
  for (std::size_t i = 0; i < departures.size(); ++i) {
    const std::uint64_t destination =
        std::uint64_t{departures[i].address} << 16 | departures[i].port;
    keys_.push_back(destination << kPlaceBits | i);
  }
  std::ranges::sort(keys_);
  order_.clear();
  for (const std::uint64_t key : keys_) order_.push_back(key & ((1U << kPlaceBits) - 1));
}

void SegmentGrouper::group(std::span<const Departure> departures) {
  order_by_destination(departures);
  groups_.clear();
  std::size_t total_bytes = 0;
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const Departure& next = departures[order_[i]];
    bool joins = false;
    if (!groups_.empty()) {
      const SegmentGroup& group = groups_.back();
      const Departure& first = departures[order_[group.first]];
      const Departure& last = departures[order_[i - 1]];
      // Behind a shorter one there is no other.
      joins = next.has_same_destination(first) && last.bytes == first.bytes &&
              next.bytes <= first.bytes && group.count < kSegmentsMax &&
              total_bytes + next.bytes <= kSegmentedBytesMax;
    }
    if (joins) {
      ++groups_.back().count;
      total_bytes += next.bytes;
    } else {
      groups_.push_back({i, 1});
      total_bytes = next.bytes;
    }
  }
}

}  // namespace penstock::compare
