// Steps 8 and 9 of a packet's journey: part of worker.h.
#pragma once

#include <algorithm>

#include "dataplane/worker/worker.h"

namespace penstock {

// Audio before video. False, and counted, if too much waits already: the packet stays the caller's.
template <Platform P>
bool Worker<P>::wait_for_turn(Packet* packet, StreamHandle handle, const Stream& stream) {
  if ((stream.is_video() ? video_ : audio_).push(packet, handle)) return true;
  count(stream.is_video() ? DropReason::kVideoBacklogFull : DropReason::kTransmitQueueFull);
  return false;
}

// Sends what waits while the port has room, to `sends_max` receivers. Returns to how many; a packet
// that has none counts as one.
template <Platform P>
std::size_t Worker<P>::forward_in_turn(FanOutQueue<Packet>& queue, std::size_t sends_max) {
  std::array<Packet*, kVideoSendsPerIteration> finished;
  std::size_t finished_count = 0;
  const auto release_finished = [&] {
    // The shared plaintext is read until all of its copies are encrypted.
    flush_protected();
    for (std::size_t i = 0; i < finished_count; ++i) platform_.release(finished[i]);
    finished_count = 0;
  };
  std::size_t sends = 0;
  while (!queue.empty() && !is_port_full_ && sends < sends_max) {
    sends += std::max(std::size_t{1}, fan_out_first(queue, sends_max - sends));
    if (queue.has_rest()) continue;
    finished[finished_count++] = queue.pop();
    if (finished_count == finished.size()) release_finished();
  }
  release_finished();
  return sends;
}

// The queue's first packet, to all of its receivers on this worker, or, once `sends_max` of them
// were served or the port is full, to some: the others are the queue's rest. Returns how many.
template <Platform P>
std::size_t Worker<P>::fan_out_first(FanOutQueue<Packet>& queue, std::size_t sends_max) {
  const auto& [packet, handle] = queue.front();
  const Stream* stream = pools_.streams.resolve(handle);
  if (stream == nullptr) {
    count(DropReason::kStreamClosed);
    queue.forget_rest();
    return 0;
  }
  std::size_t sends = 0;
  // Those of a chunk, or as many of them as may be. Returns how many.
  const auto send_to = [&](std::span<const SubscriptionHandle> receivers) {
    const std::size_t count = is_port_full_ ? 0 : std::min(receivers.size(), sends_max - sends);
    fan_out(packet, handle, receivers.first(count));
    sends += count;
    return count;
  };
  if (queue.has_rest()) {
    enter(Stage::kProject);
    while (queue.has_rest()) {
      const std::size_t count = send_to(queue.rest(FanOutChunk::kEntriesMax));
      if (count == 0) break;
      queue.take_of_rest(count);
    }
  } else {
    // First, because its payload is about to be read anyway.
    keep(packet, handle);
    enter(Stage::kProject);
    std::array<SubscriptionHandle, FanOutChunk::kEntriesMax> entries;
    for_each_chunk(pools_.fan_out, stream->fan_out.head(context_.index),
                   [&](Handle<FanOutChunk>, const FanOutChunk& chunk) {
                     const auto receivers = chunk.read(entries);
                     queue.add_to_rest(receivers.subspan(send_to(receivers)));
                   });
  }
  enter(Stage::kAttribute);
  return sends;
}

// One chunk of a list. What forward() reads first of a subscription and its transport is on its way
// before it is needed: with hundreds of receivers none of it is in the nearest cache.
template <Platform P>
void Worker<P>::fan_out(Packet* packet, StreamHandle stream,
                        std::span<const SubscriptionHandle> handles) {
  std::array<Subscription*, FanOutChunk::kEntriesMax> subscriptions;
  for (const SubscriptionHandle handle : handles) pools_.subscriptions.prefetch(handle);
  for (std::size_t i = 0; i < handles.size(); ++i) {
    subscriptions[i] = pools_.subscriptions.resolve(handles[i]);
    if (subscriptions[i] != nullptr) {
      pools_.transports.prefetch(subscriptions[i]->transport);
    }
  }
  for (std::size_t i = 0; i < handles.size(); ++i) {
    if (subscriptions[i] == nullptr) {
      count(DropReason::kSubscriptionClosed);
    } else if (subscriptions[i]->target.stream != stream) [[unlikely]] {
      count(DropReason::kStreamNotSubscribed);
    } else {
      forward(packet, *subscriptions[i], handles[i]);
    }
  }
}

template <Platform P>
void Worker<P>::forward(Packet* packet, Subscription& subscription, SubscriptionHandle handle) {
  Transport* transport = pools_.transports.resolve(subscription.transport);
  if (transport == nullptr) return count(DropReason::kTransportClosed);
  if (subscription.is_paused) return count(DropReason::kSubscriptionPaused);
  if (!transport->can_send()) {
    return count(transport->is_consent_expired ? DropReason::kNoConsent
                                               : DropReason::kSubscriberNotReady);
  }
  const PacketMetadata& metadata = platform_.metadata(packet);
  if (metadata.codec != subscription.target.codec) [[unlikely]]
    return count(DropReason::kCodecNotNegotiated);
  const auto projected =
      subscription.projection.project({.sequence = metadata.sequence,
                                       .timestamp = metadata.timestamp,
                                       .source = metadata.source,
                                       .marker = metadata.marker,
                                       .is_keyframe_start = metadata.is_keyframe_start},
                                      now_);
  if (!projected) {
    if (projected.error() == DropReason::kWaitingForKeyframe) ask_for_keyframe(handle);
    return count(projected.error());
  }
  Packet* target = platform_.allocate();
  if (target == nullptr) return count(DropReason::kPoolExhausted);
  if constexpr (requires { platform_.copied(packet, target); }) platform_.copied(packet, target);

  const UdpPathTemplate& path = transport->path_template;
  std::uint8_t* rtp = platform_.data(target) + path.header_bytes;
  std::size_t header_bytes = write_header(packet, *projected, subscription, *transport, rtp);
  const std::size_t behind_bytes =
      metadata.payload_bytes + srtp_tag_bytes(transport->send.profile());
  const std::size_t frame_rest = frame_bytes_max_ - path.header_bytes;
  if (header_bytes == 0 || header_bytes + behind_bytes > frame_rest) [[unlikely]] {
    header_bytes = write_bare_header(*projected, metadata, subscription, *transport,
                                     platform_.data(packet), {rtp, kProjectedHeaderBytesMax});
    if (header_bytes == 0 || header_bytes + behind_bytes > frame_rest)
      return drop(target, DropReason::kPacketTooLarge);
  }
  const std::size_t datagram_bytes = header_bytes + behind_bytes;
  platform_.set_size(target, path.header_bytes + datagram_bytes);
  // Now, if they can be: while the packet's first lines are near.
  const bool has_udp_headers = !covers_payload(path);
  if (has_udp_headers) write_udp_headers(path, platform_.data(target), datagram_bytes);
  protect_jobs_[outgoing_count_] = {.context = &transport->send,
                                    .payload = platform_.data(packet) + metadata.payload_offset,
                                    .packet = rtp,
                                    .header_bytes = static_cast<std::uint16_t>(header_bytes),
                                    .payload_bytes = metadata.payload_bytes,
                                    .roc = static_cast<std::uint32_t>(projected->sequence >> 16)};
  outgoing_[outgoing_count_++] = {target, transport, &subscription, metadata.payload_bytes,
                                  has_udp_headers};
  if (outgoing_count_ == outgoing_.size()) flush_protected();
}

template <Platform P>
std::size_t Worker<P>::write_header(Packet* packet, const ProjectedPacket& projected,
                                    Subscription& subscription, const Transport& transport,
                                    std::uint8_t* rtp) {
  const PacketMetadata& metadata = platform_.metadata(packet);
  HeaderTemplate& header = subscription.header;
  if (header.state == HeaderTemplate::State::kStale) [[unlikely]] {
    header = make_header_template(subscription, transport);
  }
  if (header.state == HeaderTemplate::State::kUsable &&
      metadata.element_bytes_max <= kTemplatedElementBytesMax) [[likely]] {
    return write_templated_header(projected, metadata, header, platform_.data(packet), rtp);
  }
  return write_projected_header(projected, metadata, subscription, transport,
                                platform_.data(packet), {rtp, kProjectedHeaderBytesMax});
}

// Encrypts what has been projected and queues it for transmission.
template <Platform P>
void Worker<P>::flush_protected() {
  if (outgoing_count_ == 0) return;
  const std::span jobs(protect_jobs_.data(), outgoing_count_);
  enter(Stage::kProtect);
  srtp_->protect_rtp(jobs);
  enter(Stage::kTransmit);
  std::size_t forwarded = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Outgoing& outgoing = outgoing_[i];
    if (jobs[i].result != DropReason::kNone) {
      drop(outgoing.packet, jobs[i].result);
      continue;
    }
    if (!outgoing.has_udp_headers) {
      const UdpPathTemplate& path = outgoing.transport->path_template;
      write_udp_headers(path, platform_.data(outgoing.packet),
                        platform_.size(outgoing.packet) - path.header_bytes);
    }
    Subscription& subscription = *outgoing.subscription;
    if (subscription.packets_sent == 0) subscription.next_report_at = now_;
    ++subscription.packets_sent;
    subscription.octets_sent += outgoing.payload_bytes;
    subscription.last_sent_at = now_;
    ++forwarded;
    transmit(outgoing.packet);
  }
  stats_.media_forwarded.add(forwarded);
  outgoing_count_ = 0;
  enter(Stage::kProject);
}

}  // namespace penstock
