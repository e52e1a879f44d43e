#include "dataplane/worker/kept_packets.h"

#include <new>

#include "dataplane/forward/encoding.h"

namespace penstock {
namespace {

constexpr std::uint64_t place_of(SlotRing::Position position, std::uint64_t sequence) {
  return position << 16 | (sequence & 0xFFFF);
}
constexpr std::uint16_t number_of(std::uint64_t place) { return static_cast<std::uint16_t>(place); }
constexpr SlotRing::Position position_of(std::uint64_t place) { return place >> 16; }

}  // namespace

KeptPackets::KeptPackets(std::size_t streams_max, const PoolMemory& memory)
    : streams_max_(streams_max),
      from_(memory),
      rings_(streams_max == 0
                 ? nullptr
                 : static_cast<Ring*>(from_.allocate(bytes(streams_max), from_.numa_node))),
      further_rings_(rings_ + streams_max),
      streams_(streams_max),
      further_of_(streams_max),
      free_further_(further_max(streams_max)) {
  for (std::atomic<std::uint32_t>& none : further_of_) none.store(kNone, std::memory_order_relaxed);
  for (std::size_t i = free_further_.size(); i > 0; --i)
    free_further_[free_count_++] = static_cast<std::uint32_t>(i - 1);
}

KeptPackets::~KeptPackets() {
  if (rings_ != nullptr) from_.release(rings_, bytes(streams_max_));
}

void KeptPackets::make_room_for(StreamHandle stream, std::size_t encodings) {
  const std::size_t index = stream.index();
  if (index >= streams_max_) return;
  for (; touched_ <= index; ++touched_) new (&rings_[touched_]) Ring;
  std::atomic<std::uint32_t>& further = further_of_[index];
  if (encodings == 1 || further.load(std::memory_order_relaxed) != kNone || free_count_ == 0)
    return;
  const std::uint32_t taken = free_further_[--free_count_];
  for (std::size_t i = 0; i < kFurtherRings; ++i)
    begin(further_rings_[taken * kFurtherRings + i], 0, 0);
  further.store(taken, std::memory_order_release);
}

// Whoever still writes there, or looks there, sees by the slots whose they are.
void KeptPackets::end(StreamHandle stream) {
  if (stream.index() >= streams_max_) return;
  std::atomic<std::uint32_t>& further = further_of_[stream.index()];
  const std::uint32_t taken = further.load(std::memory_order_relaxed);
  if (taken == kNone) return;
  further.store(kNone, std::memory_order_relaxed);
  free_further_[free_count_++] = taken;
}

KeptPackets::Ring* KeptPackets::ring_of(std::size_t index, std::size_t encoding) const {
  if (encoding == 0) [[likely]]
    return &rings_[index];
  const std::uint32_t further = further_of_[index].load(std::memory_order_acquire);
  return further == kNone ? nullptr : &further_rings_[further * kFurtherRings + encoding - 1];
}

// Another stream, or another source of the stream. Whoever looks for what was kept before finds
// places that are empty, or slots of another source.
void KeptPackets::begin(Ring& ring, std::uint32_t source, WorkerIndex worker) {
  ring.source.store(source, std::memory_order_relaxed);
  ring.keyframe.store(kNoKeyframe, std::memory_order_relaxed);
  ring.newest.store(0, std::memory_order_relaxed);
  for (std::atomic<Place>& place : ring.places) place.store(0, std::memory_order_relaxed);
  ring.worker.store(worker, std::memory_order_relaxed);
}

void KeptPackets::keep(const Slot& slot, SlotRef ref, const SlotRings& rings) {
  const std::size_t index = slot.stream.index();
  if (index >= streams_max_) return;
  Ring* ring = ring_of(index, encoding_of_source(slot.source));
  if (ring == nullptr) return;
  const bool is_open = streams_[index].load(std::memory_order_relaxed) == slot.stream.bits();
  if (!is_open || ring->source.load(std::memory_order_relaxed) != slot.source) [[unlikely]]
    begin(*ring, slot.source, ref.worker());
  if (!is_open) [[unlikely]]
    streams_[index].store(slot.stream.bits(), std::memory_order_release);
  std::atomic<Place>& place = ring->places[slot.sequence % kHistoryPacketsPerStream];
  const Place taken = place.load(std::memory_order_relaxed);
  const auto number = static_cast<std::uint16_t>(slot.sequence);
  const bool is_newer = static_cast<std::int16_t>(number - number_of(taken)) > 0;
  if (taken != 0 && !is_newer) [[unlikely]] {
    // Unless what is there is long over: numbers may jump.
    MediaPacket there;
    const bool is_there = SlotRef(ref.worker(), position_of(taken)).read(rings, there);
    if (is_there && slot.arrival - there.slot.arrival <= kHistoryAge) return;
  }
  place.store(place_of(ref.position(), slot.sequence), std::memory_order_release);
  note(*ring, slot);
}

// A keyframe may have more than one packet that it could be begun with (H264: its parameter sets,
// and its first slice): the first is meant.
void KeptPackets::note(Ring& ring, const Slot& slot) {
  if (slot.is_keyframe_start) [[unlikely]] {
    const std::uint64_t known = ring.keyframe.load(std::memory_order_relaxed);
    const bool is_same = known != kNoKeyframe && ring.keyframe_timestamp == slot.timestamp;
    if (known == kNoKeyframe || (is_same ? slot.sequence < known : slot.sequence > known)) {
      ring.keyframe_timestamp = slot.timestamp;
      ring.keyframe.store(slot.sequence, std::memory_order_relaxed);
    }
  }
  if (slot.sequence > ring.newest.load(std::memory_order_relaxed))
    ring.newest.store(slot.sequence, std::memory_order_release);
}

std::optional<KeptPackets::SinceKeyframe> KeptPackets::since_keyframe(StreamHandle stream,
                                                                      std::size_t encoding) const {
  const std::size_t index = stream.index();
  if (index >= streams_max_) return std::nullopt;
  if (streams_[index].load(std::memory_order_acquire) != stream.bits()) return std::nullopt;
  const Ring* ring = ring_of(index, encoding);
  if (ring == nullptr) return std::nullopt;
  const std::uint64_t newest = ring->newest.load(std::memory_order_acquire);
  const std::uint64_t keyframe = ring->keyframe.load(std::memory_order_relaxed);
  if (keyframe == kNoKeyframe || newest - keyframe >= kHistoryPacketsPerStream) return std::nullopt;
  return SinceKeyframe{ring->source.load(std::memory_order_relaxed), keyframe, newest};
}

bool KeptPackets::find(StreamHandle stream, const SourcePosition& source, const SlotRings& rings,
                       Timestamp now, MediaPacket& packet) const {
  const std::size_t index = stream.index();
  if (index >= streams_max_) return false;
  if (streams_[index].load(std::memory_order_acquire) != stream.bits()) return false;
  const Ring* ring = ring_of(index, encoding_of_source(source.source));
  if (ring == nullptr) return false;
  const Place place =
      ring->places[source.sequence % kHistoryPacketsPerStream].load(std::memory_order_acquire);
  if (place == 0 || number_of(place) != static_cast<std::uint16_t>(source.sequence)) return false;
  const WorkerIndex worker = ring->worker.load(std::memory_order_relaxed);
  if (!SlotRef(worker, position_of(place)).read(rings, packet)) return false;
  const Slot& slot = packet.slot;
  return slot.stream == stream && slot.source == source.source &&
         slot.sequence == source.sequence && now - slot.arrival <= kHistoryAge;
}

}  // namespace penstock
