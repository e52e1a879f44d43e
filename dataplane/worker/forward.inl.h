// Steps 8 to 10 of a packet's journey: part of worker.h.
#pragma once

#include <algorithm>

#include "dataplane/worker/worker.h"

namespace penstock {

// Audio at once, video when its turn comes. True if the packet is kept until then.
template <Platform P>
bool Worker<P>::fan_out_in_turn(Packet* packet, StreamHandle handle, Stream& stream) {
  if (!stream.is_video()) {
    fan_out(packet, stream);
    return false;
  }
  if (video_.push(packet, handle)) return true;
  count(DropReason::kVideoBacklogFull);
  return false;
}

// Sends what of the video is due in this iteration. Returns how many packets.
template <Platform P>
std::size_t Worker<P>::forward_video() {
  std::array<Packet*, kVideoSendsPerIteration> sent;
  std::size_t packets = 0;
  for (std::size_t sends = 0; sends < kVideoSendsPerIteration && !video_.empty();) {
    const auto entry = video_.pop();
    sent[packets++] = entry.packet;
    if (Stream* stream = pools_.streams.resolve(entry.stream)) {
      // First, because its payload is about to be read anyway.
      keep(entry.packet, entry.stream);
      sends += std::max(std::size_t{1}, fan_out(entry.packet, *stream));
    } else {
      ++sends;
      count(DropReason::kStreamClosed);
    }
  }
  flush_protected();
  for (std::size_t i = 0; i < packets; ++i) platform_.release(sent[i]);
  return packets;
}

// To all receivers on this worker; returns how many.
template <Platform P>
std::size_t Worker<P>::fan_out(Packet* packet, Stream& stream) {
  enter(Stage::kProject);
  std::size_t receivers = 0;
  std::array<SubscriptionHandle, FanOutChunk::kEntriesMax> handles;
  for_each_chunk(pools_.fan_out, stream.fan_out.head(context_.index),
                 [&](Handle<FanOutChunk>, const FanOutChunk& chunk) {
                   const auto chunk_handles = chunk.read(handles);
                   receivers += chunk_handles.size();
                   fan_out(packet, chunk_handles);
                 });
  enter(Stage::kAttribute);
  return receivers;
}

// One chunk of a list. What forward() reads first of a subscription and its transport is on its way
// before it is needed: with hundreds of receivers none of it is in the nearest cache.
template <Platform P>
void Worker<P>::fan_out(Packet* packet, std::span<const SubscriptionHandle> handles) {
  std::array<Subscription*, FanOutChunk::kEntriesMax> subscriptions;
  for (const SubscriptionHandle handle : handles) pools_.subscriptions.prefetch(handle);
  for (std::size_t i = 0; i < handles.size(); ++i) {
    subscriptions[i] = pools_.subscriptions.resolve(handles[i]);
    if (subscriptions[i] != nullptr) {
      pools_.transports.prefetch(subscriptions[i]->config.transport);
    }
  }
  for (std::size_t i = 0; i < handles.size(); ++i) {
    if (subscriptions[i] == nullptr) {
      count(DropReason::kSubscriptionClosed);
    } else {
      forward(packet, *subscriptions[i], handles[i]);
    }
  }
}

template <Platform P>
void Worker<P>::forward(Packet* packet, Subscription& subscription, SubscriptionHandle handle) {
  Transport* transport = pools_.transports.resolve(subscription.config.transport);
  if (transport == nullptr) return count(DropReason::kTransportClosed);
  if (subscription.is_paused) return count(DropReason::kSubscriptionPaused);
  if (!transport->can_send()) {
    return count(transport->is_consent_expired ? DropReason::kNoConsent
                                               : DropReason::kSubscriberNotReady);
  }
  const PacketMetadata& metadata = platform_.metadata(packet);
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
  const std::size_t header_bytes = write_header(packet, *projected, subscription, *transport, rtp);
  const std::size_t tag_bytes = srtp_tag_bytes(transport->send.profile());
  const std::size_t datagram_bytes = header_bytes + metadata.payload_bytes + tag_bytes;
  if (header_bytes == 0 || path.header_bytes + datagram_bytes > frame_bytes_max()) {
    return drop(target, DropReason::kPacketTooLarge);
  }
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

template <Platform P>
void Worker<P>::transmit(Packet* packet) {
  transmit_[transmit_count_++] = packet;
  if (transmit_count_ == transmit_.size()) flush_transmit();
}

template <Platform P>
void Worker<P>::flush_transmit() {
  if (transmit_count_ == 0) return;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < transmit_count_; ++i) bytes += platform_.size(transmit_[i]);
  const std::size_t sent = platform_.transmit_burst({transmit_.data(), transmit_count_});
  // A full transmit queue never blocks the worker: what does not fit is lost, as on any congested
  // link.
  for (std::size_t i = sent; i < transmit_count_; ++i) {
    bytes -= platform_.size(transmit_[i]);
    drop(transmit_[i], DropReason::kTransmitQueueFull);
  }
  stats_.frames_sent.add(sent);
  stats_.bytes_sent.add(bytes);
  transmit_count_ = 0;
}

// Sends what `write(ByteWriter&)` writes as one SRTCP packet; nothing if it writes nothing.
template <Platform P>
template <typename Write>
void Worker<P>::send_rtcp(Transport& transport, Write&& write) {
  if (!transport.can_send()) return;
  Packet* packet = platform_.allocate();
  if (packet == nullptr) return count(DropReason::kPoolExhausted);
  const UdpPathTemplate& path = transport.path_template;
  std::uint8_t* rtcp = platform_.data(packet) + path.header_bytes;
  ByteWriter writer({rtcp, kControlDatagramBytesMax - kSrtcpOverheadBytesMax});
  write(writer);
  if (writer.size() == 0) return platform_.release(packet);
  const auto result =
      srtp_->protect_rtcp(transport.send, {rtcp, kControlDatagramBytesMax}, writer.size());
  if (result.reason != DropReason::kNone) return drop(packet, result.reason);
  platform_.set_size(packet, path.header_bytes + result.bytes);
  write_udp_headers(path, platform_.data(packet), result.bytes);
  stats_.rtcp_sent.add(1);
  transmit(packet);
}

template <Platform P>
void Worker<P>::send_payload(const UdpPathTemplate& path, std::span<const std::uint8_t> payload) {
  Packet* packet = platform_.allocate();
  if (packet == nullptr) return count(DropReason::kPoolExhausted);
  std::memcpy(platform_.data(packet) + path.header_bytes, payload.data(), payload.size());
  platform_.set_size(packet, path.header_bytes + payload.size());
  write_udp_headers(path, platform_.data(packet), payload.size());
  transmit(packet);
}

}  // namespace penstock
