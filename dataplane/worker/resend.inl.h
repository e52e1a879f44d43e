// The history of what was forwarded, and RTX from it when a receiver's NACK says what it missed
// (RFC 4585, RFC 4588): part of worker.h.
#pragma once

#include <optional>

#include "dataplane/rtp/rtx.h"
#include "dataplane/worker/worker.h"

namespace penstock {

// If somebody on this worker may ask for it.
template <Platform P>
void Worker<P>::keep(Packet* packet, StreamHandle handle) {
  if (!history_.is_open(handle)) return;
  history_.keep(handle, platform_.metadata(packet), platform_.data(packet), now_);
}

template <Platform P>
void Worker<P>::resend(Transport& transport, const RtcpRequests::Resend& request) {
  Subscription* subscription = pools_.subscriptions.resolve(request.subscription);
  if (subscription == nullptr || !subscription->has_rtx() || subscription->is_paused) return;
  if (!transport.can_send()) return;
  std::optional<std::uint16_t> not_kept;
  request.nack.for_each_lost([&](std::uint16_t sequence_number) {
    const DropReason reason = resend(transport, *subscription, sequence_number);
    if (reason != DropReason::kNone) count(reason);
    if (reason == DropReason::kResendNotKept) not_kept = sequence_number;
  });
  if (not_kept) report_lost(*subscription, *not_kept);
}

// `sequence_number`: as the receiver knows it.
template <Platform P>
DropReason Worker<P>::resend(Transport& transport, Subscription& subscription,
                             std::uint16_t sequence_number) {
  if (resends_left_ == 0) return DropReason::kResendTooMany;
  --resends_left_;
  const auto source = subscription.projection.source_of(sequence_number);
  if (!source) return DropReason::kResendNeverSent;
  const KeptPacket* packet = history_.find(subscription.target.stream, *source, now_);
  if (packet == nullptr) return DropReason::kResendNotKept;
  const Duration interval =
      transport.rtt_ns == 0
          ? kResendIntervalUnknown
          : std::clamp(transport.rtt_ns * 9 / 10, kResendIntervalMin, kResendIntervalMax);
  const DropReason verdict = subscription.resends.take(
      {.sequence_number = sequence_number,
       .bytes = packet->description.metadata.payload_bytes,
       .interval = interval,
       .octets_sent = static_cast<std::uint32_t>(subscription.octets_sent)},
      now_);
  if (verdict != DropReason::kNone) return verdict;
  return write_resent(*packet, transport, subscription, sequence_number);
}

// The packet as an RTX packet, queued for encryption. RFC 4588 section 4: header as the original's,
// but for SSRC, payload type and sequence number; original sequence number before the payload.
template <Platform P>
DropReason Worker<P>::write_resent(const KeptPacket& packet, Transport& transport,
                                   Subscription& subscription, std::uint16_t sequence_number) {
  Packet* target = platform_.allocate();
  if (target == nullptr) return DropReason::kPoolExhausted;
  const PacketMetadata& metadata = packet.description.metadata;
  const ProjectedPacket projected{
      .sequence = subscription.rtx_sequence,
      .timestamp = metadata.timestamp + subscription.projection.timestamp_offset()};
  const std::size_t network_bytes = transport.path_template.header_bytes;
  std::uint8_t* rtp = platform_.data(target) + network_bytes;
  const std::span<std::uint8_t> header{rtp, kProjectedHeaderBytesMax};
  std::size_t header_bytes = write_projected_header(projected, metadata, subscription, transport,
                                                    packet.frame.data(), header);
  const std::size_t payload_bytes = kRtxHeaderBytes + metadata.payload_bytes;
  const std::size_t behind_bytes = payload_bytes + srtp_tag_bytes(transport.send.profile());
  const std::size_t frame_rest = frame_bytes_max_ - network_bytes;
  if (header_bytes == 0 || header_bytes + behind_bytes > frame_rest) {
    header_bytes = write_bare_header(projected, metadata, subscription, transport,
                                     packet.frame.data(), header);
  }
  if (header_bytes == 0 || header_bytes + behind_bytes > frame_rest) {
    platform_.release(target);
    return DropReason::kPacketTooLarge;
  }
  rtp[1] = static_cast<std::uint8_t>((rtp[1] & 0x80) | subscription.target.rtx_payload_type);
  store_be32(rtp + 8, subscription.target.rtx_ssrc);
  std::uint8_t* payload = resend_payloads_[resend_count_].data();
  store_be16(payload, sequence_number);
  std::memcpy(payload + kRtxHeaderBytes, packet.frame.data() + metadata.payload_offset,
              metadata.payload_bytes);
  resend_jobs_[resend_count_] = {
      .context = &transport.send,
      .payload = payload,
      .packet = rtp,
      .header_bytes = static_cast<std::uint16_t>(header_bytes),
      .payload_bytes = static_cast<std::uint16_t>(payload_bytes),
      .roc = static_cast<std::uint32_t>(subscription.rtx_sequence >> 16)};
  ++subscription.rtx_sequence;
  resent_[resend_count_++] = {target, &transport, &subscription, metadata.payload_bytes};
  if (resend_count_ == resent_.size()) flush_resends();
  return DropReason::kNone;
}

template <Platform P>
void Worker<P>::flush_resends() {
  if (resend_count_ == 0) return;
  const std::span jobs(resend_jobs_.data(), resend_count_);
  srtp_->protect_rtp(jobs);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    Packet* packet = resent_[i].packet;
    if (jobs[i].result != DropReason::kNone) {
      drop(packet, jobs[i].result);
      continue;
    }
    const UdpPathTemplate& path = resent_[i].transport->path_template;
    const std::size_t datagram_bytes = jobs[i].header_bytes + jobs[i].payload_bytes +
                                       srtp_tag_bytes(resent_[i].transport->send.profile());
    platform_.set_size(packet, path.header_bytes + datagram_bytes);
    write_udp_headers(path, platform_.data(packet), datagram_bytes);
    stats_.media_resent.add(1);
    transmit(packet);
  }
  resend_count_ = 0;
}

}  // namespace penstock
