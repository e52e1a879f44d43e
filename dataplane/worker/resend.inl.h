// RTX of what is kept, when a receiver's NACK says what it missed (RFC 4585, RFC 4588): part of
// worker.h.
#pragma once

#include <optional>

#include "dataplane/rtp/rtx.h"
#include "dataplane/worker/worker.h"

namespace penstock {

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
  MediaPacket packet;
  if (!pools_.kept->find(subscription.target.stream, *source, pools_.slots, now_, packet))
    return DropReason::kResendNotKept;
  const Duration interval =
      transport.rtt_ns == 0
          ? kResendIntervalUnknown
          : std::clamp(transport.rtt_ns * 9 / 10, kResendIntervalMin, kResendIntervalMax);
  const DropReason verdict = subscription.resends.take(
      {.sequence_number = sequence_number,
       .bytes = packet.slot.payload_bytes,
       .interval = interval,
       .octets_sent = static_cast<std::uint32_t>(subscription.octets_sent)},
      now_);
  if (verdict != DropReason::kNone) return verdict;
  return write_resent(packet, transport, subscription, sequence_number);
}

// The packet as an RTX packet, queued for encryption. RFC 4588 section 4: header as the original's,
// but for SSRC, payload type and sequence number; original sequence number before the payload.
template <Platform P>
DropReason Worker<P>::write_resent(const MediaPacket& source, Transport& transport,
                                   Subscription& subscription, std::uint16_t sequence_number) {
  Packet* target = platform_.allocate();
  if (target == nullptr) return DropReason::kPoolExhausted;
  const ProjectedPacket projected{
      .sequence = subscription.rtx_sequence,
      .timestamp = source.slot.timestamp + subscription.projection.timestamp_offset()};
  const UdpPathTemplate& path = transport.path_template;
  const std::size_t network_bytes = path.header_bytes;
  std::uint8_t* rtp = platform_.data(target) + network_bytes;
  const std::span<std::uint8_t> header{rtp, kProjectedHeaderBytesMax};
  std::size_t header_bytes =
      write_projected_header(projected, source, subscription, transport, header);
  const std::size_t behind_bytes =
      kRtxHeaderBytes + source.slot.payload_bytes + srtp_tag_bytes(transport.send.profile());
  const std::size_t frame_rest = path.frame_bytes_max - network_bytes;
  if (header_bytes == 0 || header_bytes + behind_bytes > frame_rest)
    header_bytes = write_bare_header(projected, source, subscription, transport, header);
  if (header_bytes == 0 || header_bytes + behind_bytes > frame_rest) {
    platform_.release(target);
    return too_large_for(path);
  }
  rtp[1] = static_cast<std::uint8_t>((rtp[1] & 0x80) | subscription.target.rtx_payload_type);
  store_be32(rtp + 8, subscription.target.rtx_ssrc);
  platform_.set_size(target, network_bytes + header_bytes + behind_bytes);
  std::uint8_t* rtx_header = rtx_headers_[outgoing_count_].data();
  store_be16(rtx_header, sequence_number);
  protect_jobs_[outgoing_count_] = {
      .context = &transport.send,
      .payload = source.payload(),
      .prefix = rtx_header,
      .packet = rtp,
      .header_bytes = static_cast<std::uint16_t>(header_bytes),
      .payload_bytes = source.slot.payload_bytes,
      .prefix_bytes = kRtxHeaderBytes,
      .roc = static_cast<std::uint32_t>(subscription.rtx_sequence >> 16)};
  ++subscription.rtx_sequence;
  outgoing_[outgoing_count_++] = {.packet = target,
                                  .transport = &transport,
                                  .subscription = &subscription,
                                  .source = source.ref,
                                  .payload_bytes = source.slot.payload_bytes,
                                  .is_resent = true};
  if (outgoing_count_ == outgoing_.size()) flush_protected();
  return DropReason::kNone;
}

}  // namespace penstock
