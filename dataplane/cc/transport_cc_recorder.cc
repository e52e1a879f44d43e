#include "dataplane/cc/transport_cc_recorder.h"

#include <algorithm>
#include <span>

namespace penstock {

void TransportCcRecorder::record(std::uint16_t transport_sequence, Timestamp arrival) {
  std::uint64_t sequence = sequence_.peek(transport_sequence);
  const bool outside = sequence + kWindowPackets < end_ || sequence >= end_ + kWindowPackets;
  if (!sequence_.started() || outside) {
    restart(transport_sequence);
    sequence = next_;
  }
  for (; end_ <= sequence; ++end_) slot(end_) = kNotReceived;
  if (end_ - next_ > kWindowPackets) next_ = end_ - kWindowPackets;

  if (slot(sequence) != kNotReceived) return;
  sequence_.unwrap(transport_sequence);
  slot(sequence) = arrival / kTransportFeedbackTick;
  next_ = std::min(next_, sequence);
}

void TransportCcRecorder::restart(std::uint16_t transport_sequence) {
  sequence_.reset();
  arrival_ticks_.fill(kNotReceived);
  next_ = end_ = sequence_.unwrap(transport_sequence);
}

std::size_t TransportCcRecorder::build_feedback(ByteWriter& writer, std::uint32_t sender_ssrc,
                                                std::uint32_t media_ssrc) {
  std::array<std::int64_t, kWindowPackets> arrivals;
  const std::size_t count = end_ - next_;
  for (std::size_t i = 0; i < count; ++i) arrivals[i] = slot(next_ + i);
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
