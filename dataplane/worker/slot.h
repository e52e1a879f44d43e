// A received RTP packet in plaintext, as everybody behind attribution reads it: what forwards it,
// and what sends it again. It lies in the ring of the worker that received it (pool/slot_ring.h),
// which is also its history; other workers are told where. Written by that worker before it tells
// anybody, read-only afterwards.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "dataplane/api/handles.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/round_up.h"
#include "dataplane/base/time.h"
#include "dataplane/forward/packet_layer.h"
#include "dataplane/forward/projection.h"
#include "dataplane/pool/slot_ring.h"
#include "dataplane/rtp/media_types.h"

namespace penstock {

// Where an element of the source's header extension lies in the packet; size 0 = absent. Packed, as
// a slot has five.
struct [[gnu::packed]] ElementLocation {
  std::uint16_t offset = 0;
  std::uint8_t size = 0;
};
static_assert(sizeof(ElementLocation) == 3);

// The bytes of the packet stand behind it. Offsets count from their beginning, which is not the
// RTP header's: that ends where a cache line does, and the payload begins.
struct alignas(SlotRing::kUnitBytes) Slot {
  // Behind the payload there is as much as may be read beyond what is copied from it.
  static constexpr std::size_t kBehindBytes = 16;
  static constexpr std::uint16_t kNoPrimary = (1U << 14) - 1;
  static_assert(kDatagramBytesMax < kNoPrimary);

  StreamHandle stream;
  std::uint64_t sequence = 0;  // extended; closed up over what is not forwarded (number_line.h)
  Timestamp arrival = 0;
  std::uint32_t source = 0;  // Stream::source
  std::uint32_t timestamp = 0;
  std::uint16_t payload_offset = 0;
  std::uint16_t payload_bytes = 0;  // without padding
  // Of RED (RFC 2198): where in the payload the primary block begins, which receivers without RED
  // get alone; kNoPrimary if there is none that could be read. 0: it is not RED.
  std::uint16_t red_primary_offset : 14 = 0;
  bool marker : 1 = false;
  bool is_keyframe_start : 1 = false;
  Codec codec = Codec::kOpus;
  // The greatest size of the elements below: 0 if nothing is passed on.
  std::uint8_t element_bytes_max = 0;
  // Elements that are passed on, with the receiver's ids.
  ElementLocation audio_level;
  ElementLocation video_orientation;
  ElementLocation playout_delay;
  ElementLocation capture_time;
  ElementLocation dependency_descriptor;
  PacketLayer layer;

  // As projections see it.
  SourcePacket source_packet() const {
    return {.sequence = sequence,
            .timestamp = timestamp,
            .source = source,
            .marker = marker,
            .is_keyframe_start = is_keyframe_start};
  }

  // In the ring only.
  std::uint8_t* bytes() { return reinterpret_cast<std::uint8_t*>(this + 1); }

  // Where the payload of a packet with such a header begins.
  static constexpr std::size_t payload_begin(std::size_t header_bytes) {
    return round_up(header_bytes, SlotRing::kUnitBytes);
  }
  // And the packet itself.
  static constexpr std::size_t rtp_begin(std::size_t header_bytes) {
    return payload_begin(header_bytes) - header_bytes;
  }
  // What video takes on a path of 1,200 bytes.
  static constexpr std::size_t kFullBytes = 64 + 64 + 1'200 + 16;

  // What this one takes of the ring; of a tag or padding behind the payload it knows nothing.
  std::size_t used_bytes() const {
    return round_up(sizeof(Slot) + payload_offset + payload_bytes + kBehindBytes,
                    SlotRing::kUnitBytes);
  }
  // With a datagram of so many bytes behind it.
  static constexpr std::size_t slot_bytes(std::size_t header_bytes, std::size_t datagram_bytes) {
    return sizeof(Slot) + payload_begin(header_bytes) + (datagram_bytes - header_bytes) +
           kBehindBytes;
  }
};
static_assert(std::is_trivially_copyable_v<Slot> && std::is_trivially_destructible_v<Slot>);
static_assert(sizeof(Slot) == SlotRing::kUnitBytes);

// Of each worker, by its index.
using SlotRings = std::vector<std::unique_ptr<SlotRing>>;

struct MediaPacket;

// Where a slot is, for whoever has to wait or is on another worker. A value.
class SlotRef {
 public:
  SlotRef() = default;
  SlotRef(WorkerIndex worker, SlotRing::Position position) : bits_(position << 8 | worker) {}

  bool is_null() const { return bits_ == 0; }
  WorkerIndex worker() const { return static_cast<WorkerIndex>(bits_ & 0xFF); }
  SlotRing::Position position() const { return bits_ >> 8; }

  // False if it was overwritten.
  bool read(const SlotRings& rings, MediaPacket& packet) const;
  // SlotRing::was_there
  bool was_there(const SlotRings& rings) const { return rings[worker()]->was_there(position()); }

 private:
  static_assert(kWorkersMax <= 0x100);
  std::uint64_t bits_ = 0;
};

// A packet as its readers have it: what the slot says is copied, so that sizes stay what they are;
// the bytes are in the ring, good until the next report of quiescence, if they were_there() then.
struct MediaPacket {
  Slot slot;
  const std::uint8_t* bytes = nullptr;
  SlotRef ref;

  const std::uint8_t* payload() const { return bytes + slot.payload_offset; }
  std::span<const std::uint8_t> dependency_descriptor() const {
    return {bytes + slot.dependency_descriptor.offset, slot.dependency_descriptor.size};
  }
};

inline bool SlotRef::read(const SlotRings& rings, MediaPacket& packet) const {
  const std::byte* found = rings[worker()]->find(position());
  if (found == nullptr) return false;
  std::memcpy(&packet.slot, found, sizeof(Slot));
  packet.bytes = reinterpret_cast<const std::uint8_t*>(found) + sizeof(Slot);
  packet.ref = *this;
  return was_there(rings);
}

}  // namespace penstock
