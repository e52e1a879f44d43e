// Which of the datagrams that are to be sent leave in one message (UDP_SEGMENT): those on the same
// way, marked alike and of the same size, one behind the other; the last one of them may be
// shorter. On each way they keep their order, and ways come in the order of their first. Belongs to
// a SocketPlatform.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/ip_address.h"
#include "dataplane/base/limits.h"

namespace penstock {

// A datagram that is to be sent.
struct Departure {
  SocketAddress remote;
  IpAddress local;
  std::uint16_t bytes = 0;
  std::uint8_t traffic_class = 0;  // DSCP and ECN, as the IP header has them

  bool is_along(const Departure& other) const {
    return remote == other.remote && local == other.local && traffic_class == other.traffic_class;
  }
};

// Limits of the kernel: UDP_MAX_SEGMENTS was 64 before Linux 6.9, and IPv4's length field.
inline constexpr std::size_t kSegmentsMax = 64;
inline constexpr std::size_t kSegmentedBytesMax = 65'000;

// A range of the order.
struct SegmentGroup {
  std::uint16_t first = 0;
  std::uint16_t count = 0;
};

class SegmentGrouper {
 public:
  // At most kSocketHeldMax. What follows is valid until the next call.
  void group(std::span<const Departure> departures);

  // Indices of the departures.
  std::span<const std::uint16_t> order() const { return {order_.data(), order_count_}; }
  std::span<const SegmentGroup> groups() const { return {groups_.data(), group_count_}; }

 private:
  static constexpr std::uint16_t kNone = UINT16_MAX;
  static constexpr std::size_t kPlaces = 2 * kSocketHeldMax;  // a power of two
  static_assert((kPlaces & (kPlaces - 1)) == 0);

  // The departures of one way, as a list through next_.
  struct Way {
    std::uint16_t first;
    std::uint16_t last;
  };

  void sort_into_ways(std::span<const Departure> departures);
  Way& way_of(std::span<const Departure> departures, std::uint16_t index);
  void add_to_groups(std::span<const Departure> departures, const Way& way);

  std::array<std::uint16_t, kPlaces> places_;  // of ways, by hash
  std::array<Way, kSocketHeldMax> ways_;
  std::size_t way_count_ = 0;
  std::array<std::uint16_t, kSocketHeldMax> next_;
  std::array<std::uint16_t, kSocketHeldMax> order_;
  std::size_t order_count_ = 0;
  std::array<SegmentGroup, kSocketHeldMax> groups_;
  std::size_t group_count_ = 0;
};

}  // namespace penstock
