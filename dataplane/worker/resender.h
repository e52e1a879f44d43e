// RTX of what is kept, when a receiver's NACK says what it missed (RFC 4585, RFC 4588), or a probe
// needs bytes. Owned by the worker; its own thread only.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

#include "dataplane/rtp/rtx.h"
#include "dataplane/worker/own_payload.h"
#include "dataplane/worker/projected_header.h"
#include "dataplane/worker/protector.h"
#include "dataplane/worker/repairer.h"
#include "dataplane/worker/reports.h"
#include "dataplane/worker/send_stamp.h"

namespace penstock {

// Numbers in NACKs that are looked at.
inline constexpr std::size_t kResendsPerIteration = 256;

template <Platform P>
class Resender {
 public:
  Resender(Environment<P>& env, Transmitter<P>& transmitter, Protector<P>& protector,
           Repairer<P>& repairer)
      : env_(env), transmitter_(transmitter), protector_(protector), repairer_(repairer) {}

  // An iteration begins.
  void begin() {
    // RTX is asked for again; what cannot be, needs the room more.
    left_ = transmitter_.is_port_full() ? 0 : kResendsPerIteration;
  }

  void resend(Transport& transport, const RtcpRequests::Resend& request);

  // Sends again what nobody has asked for: what the receiver was sent so many numbers before the
  // newest, if that is of what it has now and its payload no larger. Returns the bytes of the
  // datagram; 0: nothing was sent.
  std::size_t repeat(Transport& transport, Subscription& subscription, std::uint64_t before_newest,
                     std::size_t payload_bytes_max);

 private:
  // What goes again, and to whom.
  struct Repeat {
    Transport& transport;
    Subscription& subscription;
    std::uint16_t sequence_number;
    OutgoingKind kind = OutgoingKind::kResent;
  };

  DropReason resend_one(Transport& transport, Subscription& subscription,
                        std::uint16_t sequence_number);
  DropReason write_charged(const MediaPacket& source, const SourcePosition& position,
                           const Repeat& repeat);
  std::expected<std::size_t, DropReason> write(const MediaPacket& source,
                                               const SourcePosition& position,
                                               const Repeat& repeat);
  DropReason take(const Transport& transport, Subscription& subscription,
                  std::uint16_t sequence_number, std::size_t bytes);
  DropReason resend_nothing(Transport& transport, Subscription& subscription,
                            std::uint16_t sequence_number);

  Environment<P>& env_;
  Transmitter<P>& transmitter_;
  Protector<P>& protector_;
  Repairer<P>& repairer_;

  std::size_t left_ = 0;  // in this iteration
};

template <Platform P>
void Resender<P>::resend(Transport& transport, const RtcpRequests::Resend& request) {
  Subscription* subscription = env_.pools.subscriptions.resolve(request.subscription);
  if (subscription == nullptr || !subscription->has_rtx() || !subscription->is_sent()) return;
  if (!transport.can_send()) return;
  std::optional<std::uint16_t> not_kept;
  request.nack.for_each_lost([&](std::uint16_t sequence_number) {
    const DropReason reason = resend_one(transport, *subscription, sequence_number);
    if (reason != DropReason::kNone) env_.count(reason);
    if (reason == DropReason::kResendNotKept) not_kept = sequence_number;
  });
  if (not_kept) repairer_.report_lost(*subscription, *not_kept);
}

// `sequence_number`: as the receiver knows it.
template <Platform P>
DropReason Resender<P>::resend_one(Transport& transport, Subscription& subscription,
                                   std::uint16_t sequence_number) {
  if (left_ == 0) return DropReason::kResendTooMany;
  --left_;
  if (!transport.pace.takes_resend(env_.now)) return DropReason::kResendTooMany;
  const Projection& projection = subscription.projection;
  if (!subscription.keyframes.is_useful(projection.extend(sequence_number)))
    return DropReason::kResendGivenUp;
  const auto source = projection.source_of(sequence_number);
  if (!source && source.error() == NoSource::kUnused)
    return resend_nothing(transport, subscription, sequence_number);
  if (!source) return DropReason::kResendNeverSent;
  MediaPacket packet;
  if (!env_.pools.kept->find(subscription.target.stream, *source, env_.pools.slots, env_.now,
                             packet))
    return DropReason::kResendNotKept;
  const DropReason verdict =
      take(transport, subscription, sequence_number, packet.slot.payload_bytes);
  if (verdict != DropReason::kNone) return verdict;
  return write_charged(packet, *source, {transport, subscription, sequence_number});
}

// kNone: so many bytes may go again now.
template <Platform P>
DropReason Resender<P>::take(const Transport& transport, Subscription& subscription,
                             std::uint16_t sequence_number, std::size_t bytes) {
  const Duration interval =
      transport.rtt_ns == 0
          ? kResendIntervalUnknown
          : std::clamp(transport.rtt_ns * 9 / 10, kResendIntervalMin, kResendIntervalMax);
  // What the way loses whatever is sent has to go twice, and of that again as much is lost. Loss by
  // a queue gets no more than others: it would be more of the same.
  const auto of_loss = static_cast<std::uint32_t>(200 * transport.estimator.inherent_loss());
  return subscription.resends.take(
      {.sequence_number = sequence_number,
       .bytes = static_cast<std::uint32_t>(bytes),
       .interval = interval,
       .share_percent = kResendSharePercent + of_loss,
       .octets_sent = static_cast<std::uint32_t>(subscription.octets_sent)},
      env_.now);
}

// The number stays unused, as its packet was not for this receiver: an RTX packet of nothing says
// so, and it is asked for no more.
template <Platform P>
DropReason Resender<P>::resend_nothing(Transport& transport, Subscription& subscription,
                                       std::uint16_t sequence_number) {
  const DropReason verdict = take(transport, subscription, sequence_number, 0);
  if (verdict != DropReason::kNone) return verdict;
  static constexpr std::array<std::uint8_t, SlotRing::kUnitBytes> kNothing{};
  MediaPacket nothing;
  nothing.bytes = kNothing.data();
  return write_charged(nothing, {}, {transport, subscription, sequence_number});
}

template <Platform P>
std::size_t Resender<P>::repeat(Transport& transport, Subscription& subscription,
                                std::uint64_t before_newest, std::size_t payload_bytes_max) {
  const Projection& projection = subscription.projection;
  if (!subscription.is_sent() || !projection.is_started()) return 0;
  const std::uint64_t number = projection.highest_sequence() - before_newest;
  const auto sequence_number = static_cast<std::uint16_t>(number);
  if (!subscription.keyframes.is_useful(number)) return 0;
  const auto source = projection.source_of(sequence_number);
  if (!source || source->source != projection.source()) return 0;
  MediaPacket packet;
  if (!env_.pools.kept->find(subscription.target.stream, *source, env_.pools.slots, env_.now,
                             packet))
    return 0;
  const bool is_had = !packet.slot.layer.is_layered || subscription.filter.has(packet.slot.layer);
  if (!is_had || packet.slot.payload_bytes > payload_bytes_max) return 0;
  return write(packet, *source, {transport, subscription, sequence_number, OutgoingKind::kProbe})
      .value_or(0);
}

// It takes what the receiver's pace allows the media.
template <Platform P>
DropReason Resender<P>::write_charged(const MediaPacket& source, const SourcePosition& position,
                                      const Repeat& repeat) {
  const auto bytes = write(source, position, repeat);
  if (!bytes) return bytes.error();
  repeat.transport.pace.take(env_.now, *bytes);
  return DropReason::kNone;
}

// The packet as an RTX packet, queued for encryption. RFC 4588 section 4: header as the original's,
// but for SSRC, payload type and sequence number; original sequence number before the payload.
template <Platform P>
std::expected<std::size_t, DropReason> Resender<P>::write(const MediaPacket& source,
                                                          const SourcePosition& position,
                                                          const Repeat& repeat) {
  auto& [transport, subscription, sequence_number, kind] = repeat;
  typename P::Packet* target = env_.platform.allocate();
  if (target == nullptr) return std::unexpected(DropReason::kPoolExhausted);
  const ProjectedPacket projected{.sequence = subscription.rtx_sequence,
                                  .timestamp = source.slot.timestamp + position.timestamp_offset,
                                  .frame_offset = subscription.frames.offset_of(position.source)};
  const UdpPathTemplate& path = transport.path_template;
  const std::size_t network_bytes = path.header_bytes;
  std::uint8_t* rtp = env_.platform.data(target) + network_bytes;
  const std::span<std::uint8_t> header{rtp, kProjectedHeaderBytesMax};
  OwnPayload payload(source);
  const auto prefix = protector_.next_prefix();
  if (source.slot.layer.has_picture_id) {
    const auto names = subscription.pictures.find(source.slot.layer, position.source);
    if (names) payload.rename(source.slot.codec, *names, prefix.subspan(kRtxHeaderBytes));
  }
  const std::size_t behind_bytes =
      kRtxHeaderBytes + payload.bytes() + srtp_tag_bytes(transport.send.profile());
  const std::size_t header_bytes = fit_header(
      write_projected_header(projected, source, subscription, transport, header),
      header_bytes_max(path, behind_bytes),
      [&] { return write_bare_header(projected, source, subscription, transport, header); });
  if (header_bytes == 0) {
    env_.platform.release(target);
    return std::unexpected(transmitter_.too_large_for(path));
  }
  rtp[1] = static_cast<std::uint8_t>((rtp[1] & 0x80) | subscription.target.rtx_payload_type);
  store_be32(rtp + 8, subscription.target.rtx_ssrc);
  env_.platform.set_size(target, network_bytes + header_bytes + behind_bytes);
  if (subscription.filter.ends_picture(source.slot.layer)) rtp[1] |= kRtpMarkerBit;
  store_be16(prefix.data(), sequence_number);
  stamp_header(rtp, subscription, transport, header_bytes + behind_bytes, env_.now);
  const auto roc = static_cast<std::uint32_t>(subscription.rtx_sequence++ >> 16);
  protector_.add({.packet = target,
                  .transport = &transport,
                  .subscription = &subscription,
                  .source = source.ref,
                  .payload_bytes = payload.bytes(),
                  .kind = kind},
                 {.context = &transport.send,
                  .payload = payload.shared,
                  .prefix = prefix.data(),
                  .packet = rtp,
                  .header_bytes = static_cast<std::uint16_t>(header_bytes),
                  .payload_bytes = payload.shared_bytes,
                  .prefix_bytes = static_cast<std::uint16_t>(kRtxHeaderBytes + payload.own_bytes),
                  .roc = roc});
  return header_bytes + behind_bytes;
}

}  // namespace penstock
