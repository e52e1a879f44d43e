// What is lost on the way from publishers: they are asked for it again (NACK, RFC 4585), and where
// that does not help a receiver who misses it, for a keyframe. Part of worker.h.
#pragma once

#include "dataplane/rtp/rtcp/nack.h"
#include "dataplane/worker/worker.h"

namespace penstock {

template <Platform P>
void Worker<P>::put_into_repair(Stream& stream, StreamHandle handle, std::size_t encoding) {
  if (!stream.encodings()[encoding].reception.has_missing() || stream.is_in_repair) [[likely]]
    return;
  // Full only while it holds streams that ended: the next packet tries again.
  if (in_repair_count_ == in_repair_.size()) return;
  stream.is_in_repair = true;
  in_repair_[in_repair_count_++] = handle;
}

// Looks at every stream that misses packets once per pass, a bounded number per iteration.
template <Platform P>
void Worker<P>::ask_publishers_again() {
  if (in_repair_count_ == 0 || (repair_cursor_ == 0 && now_ < next_repair_pass_at_)) return;
  if (repair_cursor_ == 0) next_repair_pass_at_ = now_ + kRepairPassInterval;
  for (std::size_t i = 0; i < kRepairsPerIteration; ++i) {
    if (repair_cursor_ >= in_repair_count_) {
      repair_cursor_ = 0;
      return;
    }
    Stream* stream = pools_.streams.resolve(in_repair_[repair_cursor_]);
    if (stream != nullptr) {
      for (Encoding& encoding : stream->encodings()) ask_again(*stream, encoding);
    }
    if (stream != nullptr && stream->has_missing()) {
      ++repair_cursor_;
      continue;
    }
    if (stream != nullptr) stream->is_in_repair = false;
    in_repair_[repair_cursor_] = in_repair_[--in_repair_count_];  // is looked at next
  }
}

// One feedback message, or a few, for all that is due.
template <Platform P>
void Worker<P>::ask_again(const Stream& stream, Encoding& encoding) {
  Reception& reception = encoding.reception;
  if (!reception.has_missing()) return;
  StaticVector<std::uint16_t, RetransmissionRequester::kMissingMax> lost;
  reception.take_missing(now_, [&](std::uint16_t sequence_number) {
    static_cast<void>(lost.push_back(sequence_number));
  });
  Transport* transport = pools_.transports.resolve(stream.transport);
  if (transport == nullptr || !transport->can_send() || reception.ssrc() == 0) return;
  for (auto rest = std::span<const std::uint16_t>(lost.span()); !rest.empty();) {
    std::size_t count = 0;
    send_feedback_message(*transport, [&](ByteWriter& writer) {
      count = write_nack(writer, transport->sender_ssrc, reception.ssrc(), rest);
    });
    if (count == 0) return;
    stats_.retransmissions_requested.add(count);
    rest = rest.subspan(count);
  }
}

// A receiver misses what is not in the history. Its publisher's worker knows whether it may come.
template <Platform P>
void Worker<P>::report_lost(Subscription& subscription, std::uint16_t sequence_number) {
  const auto position = subscription.projection.source_of(sequence_number);
  if (!position || now_ - subscription.lost_reported_at < Subscription::kLostReportInterval) return;
  subscription.lost_reported_at = now_;
  const StreamHandle handle = subscription.target.stream;
  const Stream* stream = pools_.streams.resolve(handle);
  if (stream == nullptr || !stream->is_video()) return;
  if (stream->owner == context_.index) return take_lost(handle, *position);
  // A full ring only delays: the receiver asks again.
  static_cast<void>(platform_.hand_over(
      stream->owner, {HandoverKind::kLostForReceiver, nullptr, handle, *position}));
}

template <Platform P>
void Worker<P>::take_lost(StreamHandle handle, const SourcePosition& position) {
  const Stream* stream = pools_.streams.resolve(handle);
  if (stream != nullptr && stream->is_lost_for_good(position)) ask_for_keyframe(handle);
}

}  // namespace penstock
