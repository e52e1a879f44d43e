#include "dataplane/forward/projection.h"

namespace penstock {

Projection::Projection(bool starts_at_keyframe, std::uint32_t clock_hz, Prng& prng)
    : starts_at_keyframe_(starts_at_keyframe),
      clock_hz_(clock_hz),
      timestamp_offset_(prng.next_u32()),
      highest_sequence_(prng.below(1U << 15)) {
  static_assert(offsetof(Projection, first_sequence_) <= kForwardBytes);
}

void Projection::start(const SourcePacket& source, Timestamp now) {
  // One number is left out if the last frame was not complete, so that the decoder sees that it is
  // not.
  const std::uint64_t step = starts_at_keyframe_ && has_sent_ && !last_marker_ ? 2 : 1;
  sequence_offset_ = highest_sequence_ + step - source.sequence;
  first_sequence_ = straight_from_ = source.sequence;
  numbers_ = {};
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

std::expected<ProjectedPacket, DropReason> Projection::project_late(const SourcePacket& source,
                                                                    Timestamp now) {
  const std::uint64_t sequence = source.sequence;
  if (!is_in_window(sequence) || numbers_.is_left_out(sequence) || left_late_.has(sequence))
    return std::unexpected(DropReason::kSequenceTooOld);
  return place(source, numbers_.number_of(sequence) + first_offset(), now);
}

void Projection::leave_out(const SourcePacket& source) {
  if (!is_started_ || source.source != source_) return;
  const std::uint64_t sequence = source.sequence;
  if (is_behind(source)) {
    if (sequence >= straight_from_) move_straight_from(sequence + 1);
    if (is_in_window(sequence) && !numbers_.is_left_out(sequence)) left_late_.set(sequence);
    return;
  }
  // The rest of a picture that the receiver has all of that it is to have: it is complete.
  const bool follows_last = sequence + sequence_offset_ == highest_sequence_ + 1;
  if (follows_last && source.timestamp + timestamp_offset_ == last_timestamp_)
    last_marker_ = last_marker_ || source.marker;
  move_straight_from(sequence + 1);
  numbers_.leave_out(sequence);
  --sequence_offset_;
}

void Projection::move_straight_from(std::uint64_t sequence) {
  left_late_.clear(straight_from_, sequence - 1);
  straight_from_ = sequence;
}

std::optional<SourcePosition> Projection::source_of(std::uint16_t sequence_number) const {
  // Of the sequence numbers with these 16 bits the last that is not above the highest.
  const auto behind = static_cast<std::uint16_t>(highest_sequence_ - sequence_number);
  const std::uint64_t first = first_sequence_ + first_offset();
  if (!is_started_ || highest_sequence_ < first || behind > highest_sequence_ - first)
    return std::nullopt;
  const auto sequence = numbers_.sequence_of(highest_sequence_ - behind - first_offset());
  if (!sequence) return std::nullopt;
  if (*sequence < straight_from_ && (!is_in_window(*sequence) || left_late_.has(*sequence)))
    return std::nullopt;
  return SourcePosition{source_, *sequence};
}

}  // namespace penstock
