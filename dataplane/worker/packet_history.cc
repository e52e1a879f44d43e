#include "dataplane/worker/packet_history.h"

#include <algorithm>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace penstock {
namespace {

constexpr std::size_t kChunkBytes = 64;

// Copies whole chunks, at least `bytes`, to where nobody will look soon: not into the caches, out
// of which it would drive what is needed. `to` is aligned to a chunk.
void copy_past_caches(void* to, const void* from, std::size_t bytes) {
#ifdef __SSE2__
  auto* target = static_cast<std::uint8_t*>(to);
  const auto* source = static_cast<const std::uint8_t*>(from);
  for (std::size_t at = 0; at < bytes; at += kChunkBytes) {
    for (std::size_t i = at; i < at + kChunkBytes; i += sizeof(__m128i)) {
      _mm_stream_si128(reinterpret_cast<__m128i*>(target + i),
                       _mm_loadu_si128(reinterpret_cast<const __m128i*>(source + i)));
    }
  }
#else
  std::memcpy(to, from, (bytes + kChunkBytes - 1) / kChunkBytes * kChunkBytes);
#endif
}

// What stands in front of the frame, in whole chunks.
struct alignas(kChunkBytes) Front {
  KeptPacket::Description description;
};
static_assert(sizeof(Front) == offsetof(KeptPacket, frame));
static_assert(KeptPacket::kFrameBytesMax % kChunkBytes == 0);

}  // namespace

template <typename T>
PacketHistory::Block<T>::Block(std::size_t count)
    : begin(static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t{alignof(T)}))) {}

PacketHistory::PacketHistory(std::size_t packets_max, std::size_t streams_max)
    : packets_max_(packets_max),
      packets_(packets_max),
      streams_(packets_max == 0 ? 0 : streams_max),
      rings_(streams_.size()) {}

void PacketHistory::open(StreamHandle stream) {
  if (stream.index() >= streams_.size() || is_open(stream)) return;
  streams_[stream.index()] = stream;
  rings_[stream.index()] = {};
}

void PacketHistory::keep(StreamHandle stream, const PacketMetadata& metadata,
                         const std::uint8_t* frame, Timestamp now) {
  Ring& ring = rings_[stream.index()];
  if (ring.source != metadata.source) {
    ring = {};
    ring.source = metadata.source;
  }
  Place& place = ring.places[metadata.sequence % kHistoryPacketsPerStream];
  const auto sequence = static_cast<std::uint32_t>(metadata.sequence);
  const bool is_newer = static_cast<std::int32_t>(sequence - place.sequence) > 0;
  if (place.position != kNowhere && !is_newer) return;
  const std::size_t bytes = std::size_t{metadata.payload_offset} + metadata.payload_bytes;
  if (bytes > KeptPacket::kFrameBytesMax) return;
  const std::size_t position = take_position(now);
  place = {static_cast<std::uint32_t>(position), sequence};
  const Front front{{.stream = stream, .kept_at = now, .metadata = metadata}};
  copy_past_caches(&packets_[position], &front, sizeof(front));
  copy_past_caches(packets_[position].frame.data(), frame, bytes);
}

// The queue begins anew when what stands at its front is long too old, and what stands behind
// `end_` older still. Twice the age, because bursts overwrite faster than what they overwrite came.
std::size_t PacketHistory::take_position(Timestamp now) {
  if (end_ == packets_max_ || now - first_kept_at_ > 2 * kHistoryAge) end_ = 0;
  if (end_ == 0) first_kept_at_ = now;
  return end_++;
}

const KeptPacket* PacketHistory::find(StreamHandle stream, const SourcePosition& source,
                                      Timestamp now) const {
  if (!is_open(stream)) return nullptr;
  const Ring& ring = rings_[stream.index()];
  const Place& place = ring.places[source.sequence % kHistoryPacketsPerStream];
  if (place.position == kNowhere || ring.source != source.source) return nullptr;
  const KeptPacket& packet = packets_[place.position];
  const KeptPacket::Description& description = packet.description;
  const bool is_it = description.stream == stream && description.metadata.source == source.source &&
                     description.metadata.sequence == source.sequence;
  return is_it && now - description.kept_at <= kHistoryAge ? &packet : nullptr;
}

}  // namespace penstock
