#include "dataplane/forward/projection.h"

#include <algorithm>
#include <utility>

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
  if (is_started_ && has_sent_) {
    ended_ = {present(), numbers_, left_late_};
  } else {
    ended_.stretch.source = kNoSource;
  }
  sequence_offset_ = highest_sequence_ + step - source.sequence;
  first_sequence_ = straight_from_ = source.sequence;
  numbers_ = {};
  // Another source has another timestamp origin.
  if (has_sent_ && source.source != source_)
    timestamp_offset_ = first_timestamp(source, now) - source.timestamp;
  source_ = source.source;
  is_started_ = true;
}

// Of another source's first packet. By its alignment, but above all timestamps before, and not far
// above what the time that has passed makes of them: a receiver waits for as long as a timestamp
// is ahead, while one that is too low costs nothing.
std::uint32_t Projection::first_timestamp(const SourcePacket& source, Timestamp now) {
  const Duration elapsed_ns = now - last_sent_at_;
  const auto ticks = static_cast<std::uint32_t>(elapsed_ns / kMicrosecond * clock_hz_ / 1'000'000);
  const std::uint32_t by_time = last_timestamp_ + (ticks == 0 ? 1 : ticks);
  const std::uint32_t ahead_before = std::exchange(ahead_, 0);
  const Alignment alignment = std::exchange(alignment_, {});
  if (alignment.from != source_ || alignment.to != source.source) return by_time;
  const std::uint32_t aligned =
      source.timestamp + alignment.shift + timestamp_offset_ - ahead_before;
  const auto step = static_cast<std::int32_t>(aligned - last_timestamp_);
  const auto tolerance = static_cast<std::int32_t>(clock_hz_ / 10);
  if (step > tolerance + static_cast<std::int32_t>(std::min(ticks, clock_hz_ * 60))) return by_time;
  if (step > 0) return aligned;
  ahead_ = last_timestamp_ + 1 - aligned;
  return last_timestamp_ + 1;
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

Projection::Stretch Projection::present() const {
  return {.source = source_,
          .timestamp_offset = timestamp_offset_,
          .straight_from = straight_from_,
          .first_sequence = first_sequence_,
          .first_offset = first_offset(),
          .last_number = highest_sequence_};
}

std::expected<SourcePosition, NoSource> Projection::source_of(std::uint16_t sequence_number) const {
  const std::uint64_t number = extend(sequence_number);
  if (!is_started_) return std::unexpected(NoSource::kNotKnown);
  if (const Stretch stretch = present(); stretch.has(number))
    return find(number, stretch, numbers_, left_late_);
  if (ended_.stretch.has(number))
    return find(number, ended_.stretch, ended_.numbers, ended_.left_late);
  return std::unexpected(NoSource::kNotKnown);
}

std::expected<SourcePosition, NoSource> Projection::find(
    std::uint64_t number, const Stretch& stretch, const NumberLine<kWindowPackets>& numbers,
    const SequenceBits<kWindowPackets>& left_late) {
  const auto sequence = numbers.sequence_of(number - stretch.first_offset);
  if (!sequence) return std::unexpected(NoSource::kNotKnown);
  if (*sequence < stretch.straight_from) {
    if (!is_in_window(*sequence, stretch.first_sequence, stretch.straight_from))
      return std::unexpected(NoSource::kNotKnown);
    if (left_late.has(*sequence)) return std::unexpected(NoSource::kUnused);
  }
  return SourcePosition{stretch.source, *sequence, stretch.timestamp_offset};
}

}  // namespace penstock
