// Which frames of a transmit burst can leave in one sendmsg with UDP_SEGMENT (GSO): those to the
// same destination and of the same size, one behind the other; the last one of them may be shorter.
// Packets to one destination keep their order. Pure functions, for the socket platform.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace penstock::compare {

// Where a datagram goes, and its size.
struct Departure {
  std::uint32_t address = 0;  // IPv4
  std::uint16_t port = 0;
  std::uint16_t bytes = 0;

  bool has_same_destination(const Departure& other) const {
    return address == other.address && port == other.port;
  }
};

// Limits of the kernel: UDP_MAX_SEGMENTS was 64 before Linux 6.9, and IPv4's length field.
inline constexpr std::size_t kSegmentsMax = 64;
inline constexpr std::size_t kSegmentedBytesMax = 65'000;

// A range of the order.
struct SegmentGroup {
  std::size_t first = 0;
  std::size_t count = 0;
};

class SegmentGrouper {
 public:
  // What follows is valid until the next call.
  void group(std::span<const Departure> departures);

  // Indices of the departures: by destination, and within one as they came.
  std::span<const std::size_t> order() const { return order_; }
  std::span<const SegmentGroup> groups() const { return groups_; }

 private:
  void order_by_destination(std::span<const Departure> departures);

  std::vector<std::uint64_t> keys_;
  std::vector<std::size_t> order_;
  std::vector<SegmentGroup> groups_;
};

}  // namespace penstock::compare
