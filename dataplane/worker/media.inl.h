// Steps 5 to 7 of a packet's journey, and RTCP coming in: part of worker.h.
#pragma once

#include "dataplane/rtp/rtcp/pli.h"
#include "dataplane/worker/worker.h"

namespace penstock {

// Decrypts what the burst has collected, and routes it.
template <Platform P>
void Worker<P>::flush_received() {
  if (pending_count_ == 0) return;
  const std::span jobs(unprotect_jobs_.data(), pending_count_);
  enter(Stage::kUnprotect);
  srtp_->unprotect_rtp(jobs);
  enter(Stage::kAttribute);
  std::size_t used = 0;
  for (std::size_t i = 0; i < pending_count_; ++i) {
    if (settle(pending_[i], jobs[i])) used = i + 1;
  }
  // Who sends us what is not media, fills no memory with it.
  if (used < pending_count_) slots_.take_back(pending_[used].position);
  pending_count_ = 0;
  enter(Stage::kReceive);
}

// The plaintext is in its slot, or there is none: either way the packet itself goes back. True if
// somebody was told of the slot.
template <Platform P>
bool Worker<P>::settle(const Pending& pending, const UnprotectJob& job) {
  const DropReason reason = job.result == DropReason::kNone ? take_plain(pending, job) : job.result;
  if (reason != DropReason::kNone) count(reason);
  platform_.release(pending.packet);
  return reason == DropReason::kNone;
}

template <Platform P>
DropReason Worker<P>::take_plain(const Pending& pending, const UnprotectJob& job) {
  stats_.media_received.add(1);
  const Path& path = platform_.metadata(pending.packet).path;
  renew_consent(*pending.transport, path);
  learn_next_hop(*pending.transport, path);
  const PlainPacket plain{.bytes = pending.slot->bytes(),
                          .rtp_offset = Slot::rtp_begin(job.header_bytes),
                          .rtp_bytes = job.plain_bytes,
                          .header = pending.header,
                          .sequence = job.packet_index};
  const auto attribution = attribute(plain, *pending.transport, pools_, *pending.slot);
  if (!attribution) return attribution.error();
  Stream& stream = *attribution->stream;
  if (!stream.is_receiving) {
    stream.is_receiving = raise({.kind = EventKind::kMediaStarted,
                                 .transport = {},
                                 .stream = attribution->handle,
                                 .path = {}});
    wake(*pending.transport, now_ + kTimerPassInterval);
  }
  if (attribution->is_retransmission) stats_.media_repaired.add(1);
  put_into_repair(stream, attribution->handle, attribution->encoding);
  if (!attribution->is_forwarded) return DropReason::kEncodingNotSelected;
  const SlotRef ref(context_.index, pending.position);
  // RTX is for video (sdp/subscriber_negotiation.cc): nobody asks for audio again.
  if (stream.is_video()) pools_.kept->keep(*pending.slot, ref, pools_.slots);
  if constexpr (requires { platform_.stored(pending.packet, pending.slot->bytes()); })
    platform_.stored(pending.packet, pending.slot->bytes());
  route(ref, *pending.slot, stream);
  return DropReason::kNone;
}

// One ring entry for each worker that has subscribers, not for each subscriber.
template <Platform P>
void Worker<P>::route(SlotRef ref, const Slot& slot, const Stream& stream) {
  for (WorkerIndex worker = 0; worker < context_.worker_count; ++worker) {
    const Handle<FanOutChunk> receivers = stream.fan_out.head(worker);
    if (receivers.is_null()) continue;
    if (worker == context_.index) {
      pools_.fan_out.prefetch(receivers, FanOutChunk::kFewBytes);
      wait_for_turn(ref, slot);
    } else if (platform_.hand_over(worker, {HandoverKind::kMedia, nullptr, {}, {}, ref})) {
      stats_.handed_over.add(1);
    } else {
      count(DropReason::kHandoverRingFull);
    }
  }
}

template <Platform P>
void Worker<P>::take_rtcp(Packet* packet, Transport& transport) {
  const auto bytes = datagram(packet);
  const auto result = srtp_->unprotect_rtcp(transport.receive, bytes);
  if (result.reason != DropReason::kNone) {
    drop(packet, result.reason);
  } else {
    take_plain_rtcp(packet, transport, bytes.first(result.bytes));
  }
}

template <Platform P>
void Worker<P>::take_plain_rtcp(Packet* packet, Transport& transport,
                                std::span<const std::uint8_t> bytes) {
  stats_.rtcp_received.add(1);
  renew_consent(transport, platform_.metadata(packet).path);
  learn_next_hop(transport, platform_.metadata(packet).path);
  RtcpRequests requests;
  const RtcpArrival arrival{now_, context_.wall_clock.ntp_at(now_)};
  if (!receive_rtcp(bytes, transport, pools_, arrival, requests)) count(DropReason::kRtcpInvalid);
  for (const SubscriptionHandle handle : requests.keyframes) ask_for_keyframe(handle);
  for (const RtcpRequests::Resend& request : requests.resends) resend(transport, request);
  platform_.release(packet);
}

template <Platform P>
void Worker<P>::ask_for_keyframe(SubscriptionHandle handle) {
  Subscription* subscription = pools_.subscriptions.resolve(handle);
  if (subscription == nullptr || !subscription->is_video()) return;
  if (now_ - subscription->keyframe_asked_at < Subscription::kKeyframeAskInterval) return;
  subscription->keyframe_asked_at = now_;
  ask_for_keyframe(subscription->target.stream);
}

// Of everything that the transport receives.
template <Platform P>
void Worker<P>::ask_for_keyframes(const Transport& transport) {
  for (const Transport::Sent& sent : transport.subscriptions) ask_for_keyframe(sent.subscription);
}

template <Platform P>
void Worker<P>::ask_for_keyframe(StreamHandle handle) {
  Stream* stream = pools_.streams.resolve(handle);
  if (stream == nullptr || !stream->is_video()) return;
  if (stream->owner != context_.index) {
    // A full ring only delays: whoever waits for a keyframe asks again.
    static_cast<void>(
        platform_.hand_over(stream->owner, {HandoverKind::kKeyframeRequest, nullptr, handle}));
    return;
  }
  Transport* transport = pools_.transports.resolve(stream->transport);
  stream->for_each_keyframe_source(now_, [&](Encoding& encoding) {
    const bool is_now = encoding.reception.keyframes.request(now_);
    if (transport == nullptr) return;
    if (is_now) send_pli(*transport, encoding);
    wake(*transport, encoding.reception.keyframes.due_at());
  });
}

template <Platform P>
void Worker<P>::send_pli(Transport& transport, const Encoding& encoding) {
  if (encoding.reception.ssrc() == 0) return;  // not known yet
  stats_.keyframes_requested.add(1);
  send_feedback_message(transport, [&](ByteWriter& writer) {
    write_pli(writer,
              {.sender_ssrc = transport.sender_ssrc, .media_ssrc = encoding.reception.ssrc()});
  });
}

}  // namespace penstock
