// A payload as one receiver gets it: the shared one, or the shared one behind a descriptor of its
// own (rtp/payload/rewritten_descriptor.h), or of RED what is in it. A value on the stack of who
// sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "dataplane/api/stream_config.h"
#include "dataplane/rtp/payload/red.h"
#include "dataplane/rtp/payload/vp8.h"
#include "dataplane/rtp/payload/vp9.h"
#include "dataplane/worker/slot.h"

namespace penstock {

struct OwnPayload {
  // As it came.
  explicit OwnPayload(const MediaPacket& packet)
      : shared(packet.payload()), shared_bytes(packet.slot.payload_bytes) {}

  // With these numbers, if the payload has such; its descriptor goes to `prefix`.
  void rename(Codec codec, const PictureNames& names, std::span<std::uint8_t> prefix) {
    const std::span payload(shared, shared_bytes);
    const RewrittenDescriptor made = codec == Codec::kVp8 ? rewrite_vp8_descriptor(payload, names)
                                                          : rewrite_vp9_descriptor(payload, names);
    std::memcpy(prefix.data(), made.bytes.data(), RewrittenDescriptor::kBytesMax);
    own_bytes = made.size;
    skip(made.source_bytes);
  }

  // Of what has come as RED: that, with the receiver's payload type of its blocks (headers go to
  // `prefix`), for who takes it; else, or where there are more headers than have room, the primary
  // block alone. True if it is still RED. Without a primary block only who takes RED gets it.
  bool take_red(const MediaPacket& packet, const SubscriptionTarget& target,
                std::span<std::uint8_t> prefix) {
    const std::uint16_t primary_offset = packet.slot.red_primary_offset;
    if (target.red_payload_type != 0) {
      const std::span payload(shared, shared_bytes);
      const bool is_readable = primary_offset != Slot::kNoPrimary;
      if (!is_readable || red_payload_type_of(payload) == target.payload_type) return true;
      // (What is overwritten meanwhile is not sent, but not to be believed either.)
      own_bytes = static_cast<std::uint16_t>(
          renumber_red_headers(payload.first(primary_offset), target.payload_type, prefix));
    }
    skip(own_bytes != 0 ? own_bytes : primary_offset);
    return own_bytes != 0;
  }

  std::uint16_t bytes() const { return static_cast<std::uint16_t>(own_bytes + shared_bytes); }

  void skip(std::uint16_t source_bytes) {
    shared += source_bytes;
    shared_bytes = static_cast<std::uint16_t>(shared_bytes - source_bytes);
  }

  const std::uint8_t* shared;
  std::uint16_t shared_bytes;
  std::uint16_t own_bytes = 0;  // in front of it
};

}  // namespace penstock
