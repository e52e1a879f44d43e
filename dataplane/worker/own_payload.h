// A payload as one receiver gets it: the shared one, or the shared one behind a descriptor of its
// own (rtp/payload/rewritten_descriptor.h). A value on the stack of who sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

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
    shared += made.source_bytes;
    shared_bytes = static_cast<std::uint16_t>(shared_bytes - made.source_bytes);
  }

  std::uint16_t bytes() const { return static_cast<std::uint16_t>(own_bytes + shared_bytes); }

  const std::uint8_t* shared;
  std::uint16_t shared_bytes;
  std::uint16_t own_bytes = 0;  // in front of it
};

}  // namespace penstock
