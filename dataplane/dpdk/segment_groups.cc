#include "dataplane/dpdk/segment_groups.h"

#include <bit>

namespace penstock {
namespace {

// Spread over the upper bits.
std::uint64_t hash_of(const SocketAddress& address) {
  const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(address.ip);
  return (words[0] ^ words[1] ^ std::uint64_t{address.port} << 24) * 0x9E37'79B9'7F4A'7C15U;
}

}  // namespace

void SegmentGrouper::group(std::span<const Departure> departures) {
  sort_into_ways(departures);
  order_count_ = 0;
  group_count_ = 0;
  for (std::size_t i = 0; i < way_count_; ++i) add_to_groups(departures, ways_[i]);
}

void SegmentGrouper::sort_into_ways(std::span<const Departure> departures) {
  places_.fill(kNone);
  way_count_ = 0;
  const auto count = static_cast<std::uint16_t>(departures.size());
  for (std::uint16_t i = 0; i < count; ++i) {
    Way& way = way_of(departures, i);
    next_[i] = kNone;
    if (way.last != i) next_[way.last] = i;
    way.last = i;
  }
}

// A new one begins, and ends, with this departure.
SegmentGrouper::Way& SegmentGrouper::way_of(std::span<const Departure> departures,
                                            std::uint16_t index) {
  constexpr int kShift = 64 - std::countr_zero(kPlaces);
  std::size_t place = hash_of(departures[index].remote) >> kShift;
  for (;; place = (place + 1) % kPlaces) {
    if (places_[place] == kNone) break;
    Way& way = ways_[places_[place]];
    if (departures[way.first].is_along(departures[index])) return way;
  }
  places_[place] = static_cast<std::uint16_t>(way_count_);
  ways_[way_count_] = {index, index};
  return ways_[way_count_++];
}

void SegmentGrouper::add_to_groups(std::span<const Departure> departures, const Way& way) {
  SegmentGroup* group = nullptr;
  std::size_t total_bytes = 0;
  std::uint16_t segment_bytes = 0;
  std::uint16_t last_bytes = 0;
  for (std::uint16_t i = way.first; i != kNone; i = next_[i]) {
    const std::uint16_t bytes = departures[i].bytes;
    // Behind a shorter one there is no other.
    const bool joins = group != nullptr && last_bytes == segment_bytes && bytes <= segment_bytes &&
                       group->count < kSegmentsMax && total_bytes + bytes <= kSegmentedBytesMax;
    if (joins) {
      ++group->count;
      total_bytes += bytes;
    } else {
      group = &groups_[group_count_++];
      *group = {static_cast<std::uint16_t>(order_count_), 1};
      total_bytes = segment_bytes = bytes;
    }
    last_bytes = bytes;
    order_[order_count_++] = i;
  }
}

}  // namespace penstock
