// Step 6 of a packet's journey: what a decrypted RTP packet is. Done once per packet, by the worker
// of the publisher's transport, however many receive it. What it finds out goes into the slot.
#pragma once

#include <cstdint>
#include <expected>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/rtp/header.h"
#include "dataplane/worker/context.h"
#include "dataplane/worker/slot.h"

namespace penstock {

// A decrypted RTP packet in its slot.
struct PlainPacket {
  std::uint8_t* bytes = nullptr;  // of the slot
  std::size_t rtp_offset = 0;
  std::size_t rtp_bytes = 0;  // without the tag
  RtpHeader header;
  std::uint64_t sequence = 0;  // extended, from the SRTP packet index

  std::span<const std::uint8_t> rtp() const { return {bytes + rtp_offset, rtp_bytes}; }
};

struct Attribution {
  StreamHandle handle;
  Stream* stream = nullptr;  // until the next quiescent state
  std::size_t encoding = 0;  // of the stream
  bool is_retransmission = false;
  bool is_heard = true;  // audio; else others are louder, and it goes no further
};

// Finds the packet's stream, takes it into its reception and fills `slot`, whose arrival is there.
// Receivers are told when media was captured by our clock: that element is changed in the packet
// (capture_clock.h). A retransmission becomes the packet that it repeats (RFC 4588), in its place.
// An error is also the end of what was received before, and of what there is nothing of to forward.
std::expected<Attribution, DropReason> attribute(const PlainPacket& packet, Transport& transport,
                                                 const Pools& pools, Slot& slot);

}  // namespace penstock
