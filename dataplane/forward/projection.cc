#include "dataplane/forward/projection.h"

namespace penstock {

Projection::Projection(bool starts_at_keyframe, std::uint32_t clock_hz, Prng& prng)
    : starts_at_keyframe_(starts_at_keyframe),
      clock_hz_(clock_hz),
      timestamp_offset_(prng.next_u32()),
      highest_sequence_(prng.below(1U << 15)) {}

void Projection::start(const SourcePacket& source, Timestamp now) {
  // One number is left out if the last frame was not complete, so that the decoder sees that it is
  // not.
  const std::uint64_t step = starts_at_keyframe_ && has_sent_ && !last_marker_ ? 2 : 1;
  sequence_offset_ = highest_sequence_ + step - source.sequence;
  source_first_sequence_ = source.sequence;
  if (has_sent_ && source.source != source_) {
    // Another source has another timestamp origin: continue by the time that has passed.
    const Duration elapsed_ns = now - last_sent_at_;
    const auto ticks =
        static_cast<std::uint32_t>(elapsed_ns / kMicrosecond * clock_hz_ / 1'000'000);
    timestamp_offset_ = last_timestamp_ + (ticks == 0 ? 1 : ticks) - source.timestamp;
  }
  source_ = source.source;
  is_started_ = true;
}

std::optional<SourcePosition> Projection::source_of(std::uint16_t sequence_number) const {
  // Of the sequence numbers with these 16 bits the last that is not above the highest.
  const auto behind = static_cast<std::uint16_t>(highest_sequence_ - sequence_number);
  const std::uint64_t first = source_first_sequence_ + sequence_offset_;
  if (!is_started_ || highest_sequence_ < first || behind > highest_sequence_ - first) {
    return std::nullopt;
  }
  return SourcePosition{source_, highest_sequence_ - behind - sequence_offset_};
}

}  // namespace penstock
