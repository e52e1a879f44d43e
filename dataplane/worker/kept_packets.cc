#include "dataplane/worker/kept_packets.h"

#include <new>

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
                 : static_cast<Ring*>(from_.allocate(streams_max * sizeof(Ring), from_.numa_node))),
      streams_(streams_max) {}

KeptPackets::~KeptPackets() {
  if (rings_ != nullptr) from_.release(rings_, streams_max_ * sizeof(Ring));
}

void KeptPackets::make_room_for(StreamHandle stream) {
  for (; touched_ <= stream.index() && touched_ < streams_max_; ++touched_)
    new (&rings_[touched_]) Ring;
}

void KeptPackets::keep(const Slot& slot, SlotRef ref, const SlotRings& rings) {
  const std::size_t index = slot.stream.index();
  if (index >= streams_max_) return;
  const bool is_open = streams_[index].load(std::memory_order_relaxed) == slot.stream.bits();
  if (!is_open || rings_[index].source != slot.source) [[unlikely]]
    begin(index, slot, ref.worker());
  std::atomic<Place>& place = rings_[index].places[slot.sequence % kHistoryPacketsPerStream];
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
}

// Another stream, or another source of the stream. Whoever looks for what was kept before finds
// places that are empty, or slots of another source.
void KeptPackets::begin(std::size_t index, const Slot& slot, WorkerIndex worker) {
  const bool is_open = streams_[index].load(std::memory_order_relaxed) == slot.stream.bits();
  Ring& ring = is_open ? rings_[index] : *new (&rings_[index]) Ring;
  ring.source = slot.source;
  for (std::atomic<Place>& place : ring.places) place.store(0, std::memory_order_relaxed);
  if (is_open) return;
  ring.worker = worker;
  streams_[index].store(slot.stream.bits(), std::memory_order_release);
}

bool KeptPackets::find(StreamHandle stream, const SourcePosition& source, const SlotRings& rings,
                       Timestamp now, MediaPacket& packet) const {
  const std::size_t index = stream.index();
  if (index >= streams_max_) return false;
  if (streams_[index].load(std::memory_order_acquire) != stream.bits()) return false;
  const Ring& ring = rings_[index];
  const Place place =
      ring.places[source.sequence % kHistoryPacketsPerStream].load(std::memory_order_acquire);
  if (place == 0 || number_of(place) != static_cast<std::uint16_t>(source.sequence)) return false;
  if (!SlotRef(ring.worker, position_of(place)).read(rings, packet)) return false;
  const Slot& slot = packet.slot;
  return slot.stream == stream && slot.source == source.source &&
         slot.sequence == source.sequence && now - slot.arrival <= kHistoryAge;
}

}  // namespace penstock
