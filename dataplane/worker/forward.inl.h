// Steps 8 and 9 of a packet's journey: part of worker.h.
#pragma once

#include <algorithm>

#include "dataplane/worker/worker.h"

namespace penstock {

// Audio before video.
template <Platform P>
void Worker<P>::wait_for_turn(SlotRef ref, const Slot& slot) {
  if (codec_kind(slot.codec) != MediaKind::kVideo) {
    if (!audio_.push(ref)) count(DropReason::kTransmitQueueFull);
    return;
  }
  if (!shed_.empty()) [[unlikely]] {
    if (stays_shed(slot)) return count(DropReason::kStreamShed);
  }
  if (video_.push(ref)) return;
  count(DropReason::kVideoBacklogFull);
  shed_.forget_if([&](StreamHandle other) { return pools_.streams.resolve(other) == nullptr; });
  shed_.shed(slot.stream);
}

// A stream that was shed comes back when its publisher, whom nobody asks before, sends a keyframe
// while there is room for it.
template <Platform P>
bool Worker<P>::stays_shed(const Slot& slot) {
  if (shed_.state_of(slot.stream) != ShedStreams::State::kShed) return false;
  if (video_.size() > kVideoQueueEnough) return true;
  if (slot.is_keyframe_start) {
    shed_.begin_return(slot.stream);
    return false;
  }
  if (shed_.take_ask(slot.stream, now_)) ask_for_keyframe(slot.stream);
  return true;
}

// The keyframe's turn has come. What was shed before it has no numbers.
template <Platform P>
void Worker<P>::end_shedding(const Slot& slot, const Stream& stream) {
  if (!slot.is_keyframe_start) return;
  if (shed_.state_of(slot.stream) != ShedStreams::State::kReturning) return;
  shed_.forget_if([&](StreamHandle other) { return other == slot.stream; });
  for_each_subscription(pools_.fan_out, stream.fan_out.head(context_.index),
                        [&](SubscriptionHandle handle) {
                          Subscription* receiver = pools_.subscriptions.resolve(handle);
                          if (receiver != nullptr && receiver->target.stream == slot.stream)
                            receiver->projection.restart();
                        });
}

// Sends what waits while the port has room, to `sends_max` receivers. Returns to how many; a packet
// that has none counts as one.
template <Platform P>
std::size_t Worker<P>::forward_in_turn(FanOutQueue& queue, std::size_t sends_max) {
  std::size_t sends = 0;
  enter(Stage::kProject);
  while (!queue.empty() && !is_port_full_ && sends < sends_max) {
    sends += std::max(std::size_t{1}, fan_out_first(queue, sends_max - sends));
    if (!queue.has_rest()) queue.pop();
  }
  flush_sends();
  flush_protected();
  enter(Stage::kAttribute);
  return sends;
}

// The queue's first packet, to all of its receivers on this worker, or, once `sends_max` of them
// were served or the port is full, to some: the others are the queue's rest. Returns how many.
template <Platform P>
std::size_t Worker<P>::fan_out_first(FanOutQueue& queue, std::size_t sends_max) {
  MediaPacket packet;
  const bool is_there = queue.front().read(pools_.slots, packet);
  const Stream* stream = is_there ? pools_.streams.resolve(packet.slot.stream) : nullptr;
  if (stream == nullptr) {
    count(is_there ? DropReason::kStreamClosed : DropReason::kSlotReclaimed);
    queue.forget_rest();
    return 0;
  }
  if (!shed_.empty() && !queue.has_rest()) [[unlikely]]
    end_shedding(packet.slot, *stream);
  std::size_t sends = 0;
  // Those of a chunk, or as many of them as may be. Returns how many.
  const auto send_to = [&](std::span<const SubscriptionHandle> receivers) {
    const std::size_t count = is_port_full_ ? 0 : std::min(receivers.size(), sends_max - sends);
    fan_out(packet, receivers.first(count));
    sends += count;
    return count;
  };
  if (queue.has_rest()) {
    while (queue.has_rest()) {
      const std::size_t count = send_to(queue.rest(FanOutChunk::kEntriesMax));
      if (count == 0) break;
      queue.take_of_rest(count);
    }
  } else {
    std::array<SubscriptionHandle, FanOutChunk::kEntriesMax> entries;
    for_each_chunk(pools_.fan_out, stream->fan_out.head(context_.index),
                   [&](Handle<FanOutChunk>, const FanOutChunk& chunk) {
                     const auto receivers = chunk.read(entries);
                     queue.add_to_rest(receivers.subspan(send_to(receivers)));
                   });
  }
  return sends;
}

// To the receivers of one chunk: with the next batch. What forward() reads first of a subscription
// is on its way until then: with hundreds of receivers, or of rooms, none of it is in the nearest
// cache.
template <Platform P>
void Worker<P>::fan_out(const MediaPacket& packet, std::span<const SubscriptionHandle> receivers) {
  if (receivers.empty()) return;
  if (receivers.size() > sends_.size() - send_count_) flush_sends();
  MediaPacket& source = send_sources_[send_count_];  // at most one for each send
  source = packet;
  for (const SubscriptionHandle receiver : receivers) {
    if (has_many_) pools_.subscriptions.prefetch(receiver, Subscription::kForwardBytes);
    sends_[send_count_++] = {&source, receiver, nullptr};
  }
}

// In steps, so that the memory of one receiver is waited for together with that of all others.
template <Platform P>
void Worker<P>::flush_sends() {
  const std::span sends(sends_.data(), send_count_);
  for (Send& send : sends) {
    send.subscription = pools_.subscriptions.resolve(send.receiver);
    if (has_many_ && send.subscription != nullptr)
      pools_.transports.prefetch(send.subscription->transport, Transport::kSendBytes);
  }
  for (const Send& send : sends) {
    if (send.subscription == nullptr) {
      count(DropReason::kSubscriptionClosed);
    } else if (send.subscription->target.stream != send.source->slot.stream) [[unlikely]] {
      count(DropReason::kStreamNotSubscribed);
    } else {
      forward(*send.source, *send.subscription, send.receiver);
    }
  }
  send_count_ = 0;
}

template <Platform P>
void Worker<P>::forward(const MediaPacket& source, Subscription& subscription,
                        SubscriptionHandle handle) {
  Transport* transport = pools_.transports.resolve(subscription.transport);
  if (transport == nullptr) return count(DropReason::kTransportClosed);
  if (subscription.is_paused) return count(DropReason::kSubscriptionPaused);
  if (!transport->can_send()) {
    return count(transport->is_consent_expired ? DropReason::kNoConsent
                                               : DropReason::kSubscriberNotReady);
  }
  const Slot& slot = source.slot;
  if (slot.codec != subscription.target.codec) [[unlikely]]
    return count(DropReason::kCodecNotNegotiated);
  const auto projected =
      subscription.projection.project({.sequence = slot.sequence,
                                       .timestamp = slot.timestamp,
                                       .source = slot.source,
                                       .marker = slot.marker,
                                       .is_keyframe_start = slot.is_keyframe_start},
                                      now_);
  if (!projected) {
    if (projected.error() == DropReason::kWaitingForKeyframe) ask_for_keyframe(handle);
    return count(projected.error());
  }
  Packet* target = platform_.allocate();
  if (target == nullptr) return count(DropReason::kPoolExhausted);
  if constexpr (requires { platform_.copied(source.bytes, target); })
    platform_.copied(source.bytes, target);

  const UdpPathTemplate& path = transport->path_template;
  std::uint8_t* rtp = platform_.data(target) + path.header_bytes;
  std::size_t header_bytes = write_header(source, *projected, subscription, *transport, rtp);
  const std::size_t behind_bytes = slot.payload_bytes + srtp_tag_bytes(transport->send.profile());
  const std::size_t frame_rest = path.frame_bytes_max - path.header_bytes;
  if (header_bytes == 0 || header_bytes + behind_bytes > frame_rest) [[unlikely]] {
    header_bytes = write_bare_header(*projected, source, subscription, *transport,
                                     {rtp, kProjectedHeaderBytesMax});
    if (header_bytes == 0 || header_bytes + behind_bytes > frame_rest)
      return drop(target, too_large_for(path));
  }
  const std::size_t datagram_bytes = header_bytes + behind_bytes;
  platform_.set_size(target, path.header_bytes + datagram_bytes);
  // Now, if they can be: while the packet's first lines are near.
  const bool has_udp_headers = !covers_payload(path);
  if (has_udp_headers)
    write_media_headers(path, platform_.data(target), datagram_bytes, slot.codec);
  protect_jobs_[outgoing_count_] = {.context = &transport->send,
                                    .payload = source.payload(),
                                    .packet = rtp,
                                    .header_bytes = static_cast<std::uint16_t>(header_bytes),
                                    .payload_bytes = slot.payload_bytes,
                                    .roc = static_cast<std::uint32_t>(projected->sequence >> 16)};
  outgoing_[outgoing_count_++] = {.packet = target,
                                  .transport = transport,
                                  .subscription = &subscription,
                                  .source = source.ref,
                                  .payload_bytes = slot.payload_bytes,
                                  .has_udp_headers = has_udp_headers};
  if (outgoing_count_ == outgoing_.size()) flush_protected();
}

template <Platform P>
std::size_t Worker<P>::write_header(const MediaPacket& source, const ProjectedPacket& projected,
                                    Subscription& subscription, const Transport& transport,
                                    std::uint8_t* rtp) {
  HeaderTemplate& header = subscription.header;
  if (header.state == HeaderTemplate::State::kStale) [[unlikely]] {
    header = make_header_template(subscription, transport);
  }
  if (header.state == HeaderTemplate::State::kUsable &&
      source.slot.element_bytes_max <= kTemplatedElementBytesMax) [[likely]] {
    return write_templated_header(projected, source, header, rtp);
  }
  return write_projected_header(projected, source, subscription, transport,
                                {rtp, kProjectedHeaderBytesMax});
}

// Encrypts what has been projected and queues it for transmission.
template <Platform P>
void Worker<P>::flush_protected() {
  if (outgoing_count_ == 0) return;
  const std::span jobs(protect_jobs_.data(), outgoing_count_);
  enter(Stage::kProtect);
  srtp_->protect_rtp(jobs);
  enter(Stage::kTransmit);
  for (std::size_t i = 0; i < jobs.size(); ++i) finish_protected(outgoing_[i], jobs[i]);
  outgoing_count_ = 0;
  enter(Stage::kProject);
}

template <Platform P>
void Worker<P>::finish_protected(const Outgoing& outgoing, const ProtectJob& job) {
  if (job.result != DropReason::kNone) return drop(outgoing.packet, job.result);
  // What it was made of may be somebody else's.
  if (!outgoing.source.was_there(pools_.slots)) [[unlikely]]
    return drop(outgoing.packet, DropReason::kSlotReclaimed);
  if (!outgoing.has_udp_headers) {
    const UdpPathTemplate& path = outgoing.transport->path_template;
    write_media_headers(path, platform_.data(outgoing.packet),
                        platform_.size(outgoing.packet) - path.header_bytes,
                        outgoing.subscription->target.codec);
  }
  if (outgoing.is_resent) {
    stats_.media_resent.add(1);
  } else {
    Subscription& subscription = *outgoing.subscription;
    if (subscription.packets_sent == 0) [[unlikely]] {
      subscription.next_report_at = now_;
      wake(*outgoing.transport, now_);
    }
    ++subscription.packets_sent;
    subscription.octets_sent += outgoing.payload_bytes;
    subscription.last_sent_at = now_;
    stats_.media_forwarded.add(1);
  }
  transmit(outgoing.packet);
}

}  // namespace penstock
