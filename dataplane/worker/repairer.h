// What is lost on the way from publishers: they are asked for it again (NACK, RFC 4585), and where
// that does not help a receiver who misses it, for a keyframe (docs/adr/0015). Owned by the worker;
// its own thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/rtp/rtcp/nack.h"
#include "dataplane/worker/keyframe_asker.h"
#include "dataplane/worker/rtcp_sender.h"

namespace penstock {

// Streams that miss packets, and how often each is looked at.
inline constexpr std::size_t kRepairsPerIteration = 32;
inline constexpr Duration kRepairPassInterval = kMillisecond;

template <Platform P>
class Repairer {
 public:
  Repairer(Environment<P>& env, RtcpSender<P>& rtcp, KeyframeAsker<P>& keyframes)
      : env_(env), rtcp_(rtcp), keyframes_(keyframes), in_repair_(env.pools.streams.capacity()) {}

  // A packet of the encoding came: if others are missing, they are asked for from now on.
  void look_at(Stream& stream, StreamHandle handle, std::size_t encoding);
  // What is due. Once per iteration.
  void ask_publishers();

  // A receiver misses what is not in the history.
  void report_lost(Subscription& subscription, std::uint16_t sequence_number);
  // The same of a receiver of any worker, where the publisher is.
  void take_lost(StreamHandle handle, const SourcePosition& position);

 private:
  void ask_again(const Stream& stream, Encoding& encoding);

  Environment<P>& env_;
  RtcpSender<P>& rtcp_;
  KeyframeAsker<P>& keyframes_;

  // Streams that miss packets, all looked at once in a pass: the first so many.
  std::vector<StreamHandle> in_repair_;
  std::size_t count_ = 0;
  std::size_t cursor_ = 0;
  Timestamp next_pass_at_ = 0;
};

template <Platform P>
void Repairer<P>::look_at(Stream& stream, StreamHandle handle, std::size_t encoding) {
  if (!stream.encoding(encoding).reception.has_missing() || stream.is_in_repair) [[likely]]
    return;
  // Full only while it holds streams that ended: the next packet tries again.
  if (count_ == in_repair_.size()) return;
  stream.is_in_repair = true;
  in_repair_[count_++] = handle;
}

// Looks at every stream that misses packets once per pass, a bounded number per iteration.
template <Platform P>
void Repairer<P>::ask_publishers() {
  if (count_ == 0 || (cursor_ == 0 && env_.now < next_pass_at_)) return;
  if (cursor_ == 0) next_pass_at_ = env_.now + kRepairPassInterval;
  for (std::size_t i = 0; i < kRepairsPerIteration; ++i) {
    if (cursor_ >= count_) {
      cursor_ = 0;
      return;
    }
    Stream* stream = env_.pools.streams.resolve(in_repair_[cursor_]);
    if (stream != nullptr) {
      for (Encoding& encoding : stream->encodings()) ask_again(*stream, encoding);
    }
    if (stream != nullptr && stream->has_missing()) {
      ++cursor_;
      continue;
    }
    if (stream != nullptr) stream->is_in_repair = false;
    in_repair_[cursor_] = in_repair_[--count_];  // is looked at next
  }
}

// One feedback message, or a few, for all that is due.
template <Platform P>
void Repairer<P>::ask_again(const Stream& stream, Encoding& encoding) {
  Reception& reception = encoding.reception;
  if (!reception.has_missing()) return;
  StaticVector<std::uint16_t, RetransmissionRequester::kMissingMax> lost;
  reception.take_missing(env_.now, [&](std::uint16_t sequence_number) {
    static_cast<void>(lost.push_back(sequence_number));
  });
  Transport* transport = env_.pools.transports.resolve(stream.transport);
  if (transport == nullptr || !transport->can_send() || reception.ssrc() == 0) return;
  for (auto rest = std::span<const std::uint16_t>(lost.span()); !rest.empty();) {
    std::size_t count = 0;
    rtcp_.send_feedback(*transport, [&](ByteWriter& writer) {
      count = write_nack(writer, transport->sender_ssrc, reception.ssrc(), rest);
    });
    if (count == 0) return;
    env_.stats.retransmissions_requested.add(count);
    rest = rest.subspan(count);
  }
}

// A receiver misses what is not in the history. Its publisher's worker knows whether it may come.
template <Platform P>
void Repairer<P>::report_lost(Subscription& subscription, std::uint16_t sequence_number) {
  const auto position = subscription.projection.source_of(sequence_number);
  if (!position ||
      subscription.lost_reported_at.passed(env_.now) < Subscription::kLostReportInterval)
    return;
  subscription.lost_reported_at = CoarseTime(env_.now);
  const StreamHandle handle = subscription.target.stream;
  const Stream* stream = env_.pools.streams.resolve(handle);
  if (stream == nullptr || !stream->is_video()) return;
  if (stream->owner == env_.context.index) return take_lost(handle, *position);
  // A full ring only delays: the receiver asks again.
  static_cast<void>(env_.platform.hand_over(
      stream->owner, {HandoverKind::kLostForReceiver, nullptr, handle, *position}));
}

template <Platform P>
void Repairer<P>::take_lost(StreamHandle handle, const SourcePosition& position) {
  const Stream* stream = env_.pools.streams.resolve(handle);
  if (stream != nullptr && stream->is_lost_for_good(position))
    keyframes_.ask(handle, static_cast<std::uint8_t>(1U << encoding_of_source(position.source)));
}

}  // namespace penstock
