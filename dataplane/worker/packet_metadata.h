// What a worker learns about a received frame before it knows what is in it; it rides in the
// buffer's private area, also to another worker. What media is, its slot says (slot.h).
#pragma once

#include <cstdint>
#include <type_traits>

#include "dataplane/base/time.h"
#include "dataplane/net/path.h"

namespace penstock {

struct PacketMetadata {
  Timestamp arrival = 0;
  // Where the datagram came from and lies in the frame.
  Path path;
  std::uint16_t datagram_offset = 0;
  std::uint16_t datagram_bytes = 0;
};
static_assert(std::is_trivially_copyable_v<PacketMetadata>);
static_assert(sizeof(PacketMetadata) <= 128);

}  // namespace penstock
