// What a worker learns about a received packet once and everybody behind it reads: it rides in the
// buffer's private area, also to other workers. Written by the worker that received the packet,
// before it hands it on; read-only afterwards.
#pragma once

#include <cstdint>
#include <type_traits>

#include "dataplane/base/ip_address.h"
#include "dataplane/base/time.h"
#include "dataplane/net/path.h"
#include "dataplane/rtp/media_types.h"

namespace penstock {

// Where an element of the source's header extension lies in the packet; size 0 = absent.
struct ElementLocation {
  std::uint16_t offset = 0;
  std::uint16_t size = 0;
};

struct PacketMetadata {
  Timestamp arrival = 0;

  // From the parser: where the datagram came from and lies in the frame.
  Path path;
  std::uint16_t datagram_offset = 0;
  std::uint16_t datagram_bytes = 0;

  // From attribution: the RTP packet, in plaintext, at datagram_offset.
  std::uint16_t payload_offset = 0;  // from the start of the frame
  std::uint16_t payload_bytes = 0;   // without padding
  std::uint32_t source = 0;          // Stream::take_source
  std::uint32_t timestamp = 0;
  std::uint64_t sequence = 0;  // extended; closed up over what is not forwarded (number_line.h)
  bool marker = false;
  bool is_keyframe_start = false;
  Codec codec = Codec::kOpus;
  // Elements that are passed on, with the receiver's ids. Offsets from the start of the frame.
  ElementLocation audio_level;
  ElementLocation video_orientation;
  ElementLocation playout_delay;
  ElementLocation dependency_descriptor;

  // The greatest size of them: 0 if nothing is passed on.
  std::uint16_t element_bytes_max = 0;
};
static_assert(std::is_trivially_copyable_v<PacketMetadata>);
static_assert(sizeof(PacketMetadata) <= 128);

}  // namespace penstock
