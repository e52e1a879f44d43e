#include "dataplane/cc/transport_cc_recorder.h"

#include <algorithm>
#include <array>
#include <span>

namespace penstock {

void TransportCcRecorder::record(std::uint16_t transport_sequence, Timestamp arrival) {
  if (arrival_ticks_.capacity() == 0) return;
  std::uint64_t sequence = sequence_.peek(transport_sequence);
  const bool outside = sequence + kWindowPackets < end_ || sequence >= end_ + kWindowPackets;
  if (!sequence_.started() || outside) {
    restart(transport_sequence);
    sequence = next_;
  }
  for (; end_ <= sequence; ++end_) slot(end_) = kNone;
  if (end_ - next_ > kWindowPackets) next_ = end_ - kWindowPackets;

  if (slot(sequence) != kNone) return;
  sequence_.unwrap(transport_sequence);
  newest_ticks_ = arrival / kTransportFeedbackTick;
  // Once in twelve days a packet is a tick early.
  slot(sequence) = std::min(static_cast<Ticks>(newest_ticks_), kNone - 1);
  next_ = std::min(next_, sequence);
}

void TransportCcRecorder::restart(std::uint16_t transport_sequence) {
  sequence_.reset();
  forget_arrivals();
  next_ = end_ = sequence_.unwrap(transport_sequence);
}

void TransportCcRecorder::forget_arrivals() {
  arrival_ticks_.clear();
  while (arrival_ticks_.push_back(kNone)) continue;
}

std::int64_t TransportCcRecorder::ticks_of(std::uint64_t sequence) {
  const Ticks ticks = slot(sequence);
  if (ticks == kNone) return kNotReceived;
  return newest_ticks_ - static_cast<std::int32_t>(static_cast<Ticks>(newest_ticks_) - ticks);
}

std::size_t TransportCcRecorder::build_feedback(ByteWriter& writer, std::uint32_t sender_ssrc,
                                                std::uint32_t media_ssrc) {
  std::array<std::int64_t, kWindowPackets> arrivals;
  const std::size_t count = end_ - next_;
  for (std::size_t i = 0; i < count; ++i) arrivals[i] = ticks_of(next_ + i);
  const TransportFeedbackHeader header{sender_ssrc, media_ssrc, static_cast<std::uint16_t>(next_),
                                       feedback_count_};
  const std::size_t size_before = writer.size();
  const std::size_t reported =
      write_transport_feedback(writer, header, std::span(arrivals).first(count));
  if (reported == 0) return 0;
  next_ += reported;
  ++feedback_count_;
  return writer.size() - size_before;
}

}  // namespace penstock
