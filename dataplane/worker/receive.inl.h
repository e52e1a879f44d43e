// Steps 1 to 4 of a packet's journey: part of worker.h.
#pragma once

#include "dataplane/base/test_hooks.h"
#include "dataplane/rtp/demux.h"
#include "dataplane/stun/message.h"
#include "dataplane/stun/responder.h"
#include "dataplane/worker/worker.h"

namespace penstock {

template <Platform P>
std::size_t Worker<P>::receive_frames() {
  // While the port has no room there is time to look: among what comes there are checks and audio.
  if (video_.size() >= kVideoQueueEnough && !is_port_full_) return 0;
  std::array<Packet*, kBurstMax> burst;
  const std::size_t received = platform_.receive_burst(burst);
  const std::size_t refused = platform_.take_refused();
  if (refused != 0) [[unlikely]]
    count(DropReason::kFrameTooLarge, refused);
  std::size_t datagrams = 0;
  for (Packet* packet : std::span(burst).first(received)) {
    if (take_frame(packet)) burst[datagrams++] = packet;
  }
  if (has_many_) look_ahead(std::span(burst).first(datagrams));
  for (Packet* packet : std::span(burst).first(datagrams)) take_datagram(packet);
  flush_received();
  std::size_t others = refused;
  if constexpr (requires { requires P::kReceivesDatagrams; }) {
    for (const LargeDatagram& large : platform_.large_datagrams()) [[unlikely]] {
      const DropReason reason = take_large(large.path, large.payload);
      if (reason != DropReason::kNone) count(reason);
      ++others;
    }
  }
  stats_.frames_received.add(received + others);
  return received + others;
}

template <Platform P>
std::size_t Worker<P>::receive_handovers() {
  std::size_t total = 0;
  while (total < kHandoversPerIteration) {
    std::array<Handover<Packet>, kBurstMax> entries;
    const std::size_t count = platform_.receive_handovers(entries);
    for (std::size_t i = 0; i < count; ++i) {
      const Handover<Packet>& entry = entries[i];
      switch (entry.kind) {
        case HandoverKind::kDatagram:
          take_datagram(entry.packet);
          break;
        case HandoverKind::kFragment:
          take_handed_fragment(entry.packet);
          break;
        case HandoverKind::kLink:
          take_link_frame(entry.packet);
          break;
        case HandoverKind::kTooBig:
          take_too_big(entry.packet);
          break;
        case HandoverKind::kKeyframeRequest:
          ask_for_keyframe(entry.stream);
          break;
        case HandoverKind::kLostForReceiver:
          take_lost(entry.stream, entry.position);
          break;
        case HandoverKind::kMedia:
          take_media(entry);
          break;
      }
    }
    flush_received();
    total += count;
    if (count < entries.size()) break;
  }
  return total;
}

// What another worker has received, for those of its receivers that are here.
template <Platform P>
void Worker<P>::take_media(const Handover<Packet>& handover) {
  MediaPacket packet;
  if (!handover.slot.read(pools_.slots, packet)) return count(DropReason::kSlotReclaimed);
  wait_for_turn(handover.slot, packet.slot);
}

// True if it is a datagram for this worker, which is to be taken; of others there is nothing left
// to do.
template <Platform P>
bool Worker<P>::take_frame(Packet* packet) {
  stats_.bytes_received.add(platform_.size(packet));
  if constexpr (requires { requires P::kReceivesDatagrams; }) {
    PacketMetadata& about = platform_.metadata(packet);
    about.arrival = now_;
    return true;
  }
  const std::span<const std::uint8_t> frame(platform_.data(packet), platform_.size(packet));
  const bool is_good = platform_.has_good_checksums(packet);
  const FrameVerdict verdict =
      parse_frame(frame, context_.addresses,
                  {.ipv4_checksum_known_good = is_good, .udp_checksum_known_good = is_good});
  if (verdict.is_link_work()) {
    take_link_frame(packet);
    return false;
  }
  if (verdict.kind != FrameKind::kUdp) {
    if (verdict.drop == DropReason::kIpFragment) {
      take_fragment(packet);
    } else {
      drop(packet, verdict.drop);
    }
    return false;
  }
  if (verdict.ecn != 0) [[unlikely]]
    count_ecn(verdict.ecn);
  PacketMetadata& metadata = platform_.metadata(packet);
  metadata = {};
  metadata.arrival = now_;
  metadata.path = verdict.path;
  metadata.datagram_offset = verdict.payload_offset;
  metadata.datagram_bytes = verdict.payload_bytes;
  if (verdict.path.local.port == local_port()) return true;
  if (!hand_over_datagram(packet, verdict.path.local.port)) platform_.release(packet);
  return false;
}

// What the packets of a burst will need is asked for before the first of them is taken, so that the
// memory of one is waited for together with that of all others. Decides nothing: a packet may
// change what the next one finds.
template <Platform P>
void Worker<P>::look_ahead(std::span<Packet* const> packets) {
  for (Packet* packet : packets) flows_.prefetch(platform_.metadata(packet).path.remote);
  std::array<TransportHandle, kBurstMax> handles;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    handles[i] = flows_.find(platform_.metadata(packets[i]).path.remote);
    pools_.transports.prefetch(handles[i], 0);
  }
  std::array<const Transport*, kBurstMax> transports;
  std::size_t count = 0;
  for (const TransportHandle handle : std::span(handles).first(packets.size())) {
    const Transport* transport = pools_.transports.resolve(handle);
    if (transport == nullptr) continue;
    transport->prefetch_to_receive();
    transports[count++] = transport;
  }
  for (const Transport* transport : std::span(transports).first(count))
    transport->prefetch_sources();
}

// ARP, NDP and ICMP are worker 0's, so that the port has one state for them.
template <Platform P>
void Worker<P>::take_link_frame(Packet* packet) {
  if (context_.index != 0) {
    if (!platform_.hand_over(0, {HandoverKind::kLink, packet, {}})) {
      drop(packet, DropReason::kHandoverRingFull);
    }
    return;
  }
  const std::span<const std::uint8_t> frame(platform_.data(packet), platform_.size(packet));
  const FrameVerdict verdict = parse_frame(frame, context_.addresses);
  if (is_packet_too_big(frame, verdict)) return take_too_big(packet);
  Packet* reply = platform_.allocate();
  if (reply == nullptr) {
    drop(packet, DropReason::kPoolExhausted);
    return;
  }
  const LinkReply answer =
      link_.respond(frame, verdict, now_, {platform_.data(reply), frame_bytes_max_ - tag_bytes_});
  if (answer.drop != DropReason::kNone) count(answer.drop);
  if (answer.bytes != 0) {
    transmit_link_frame(reply, answer.bytes);
  } else {
    platform_.release(reply);
  }
  platform_.release(packet);
}

// The destination port names the owner. False (and counted) if nobody owns it or the owner does not
// keep up.
template <Platform P>
bool Worker<P>::hand_over_datagram(Packet* packet, std::uint16_t port) {
  const auto owner = owner_of(port);
  if (!owner) {
    count(DropReason::kUdpPortUnknown);
    return false;
  }
  if (!platform_.hand_over(*owner, {HandoverKind::kDatagram, packet, {}})) {
    count(DropReason::kHandoverRingFull);
    return false;
  }
  stats_.handed_over.add(1);
  return true;
}

template <Platform P>
std::span<std::uint8_t> Worker<P>::datagram(Packet* packet) {
  const PacketMetadata& metadata = platform_.metadata(packet);
  return {platform_.data(packet) + metadata.datagram_offset, metadata.datagram_bytes};
}

template <Platform P>
void Worker<P>::take_datagram(Packet* packet) {
  const auto bytes = datagram(packet);
  if (bytes.empty()) {
    drop(packet, DropReason::kDatagramEmpty);
    return;
  }
  const DatagramKind kind = classify_datagram(bytes);
  if (kind == DatagramKind::kUnknown) {
    drop(packet, DropReason::kDatagramUnknown);
    return;
  }
  const SocketAddress& remote = platform_.metadata(packet).path.remote;
  const TransportHandle handle = flows_.find(remote);
  if (kind == DatagramKind::kStun) {
    take_stun(packet, handle);
    return;
  }
  if (flows_.has_contested() && kind != DatagramKind::kDtls) [[unlikely]] {
    if (!flows_.previous(remote).is_null()) return take_contested(packet, kind, handle);
  }
  // Nothing but STUN is looked at before the pair is validated.
  Transport* transport = pools_.transports.resolve(handle);
  if (transport == nullptr) {
    if (test_hooks::is_planted(test_hooks::PlantedBug::kLosePacketOfEndedTransport)) return;
    drop(packet, handle.is_null() ? DropReason::kFlowUnknown : DropReason::kTransportClosed);
  } else if (kind == DatagramKind::kDtls) {
    if (transport->punt_bucket.take(now_)) {
      punt(packet, handle);
    } else {
      drop(packet, DropReason::kPuntRateLimited);
    }
  } else if (!transport->receive.is_ready()) {
    drop(packet, DropReason::kSrtpNoKeys);
  } else if (kind == DatagramKind::kRtp) {
    take_rtp(packet, *transport);
  } else {
    take_rtcp(packet, *transport);
  }
}

template <Platform P>
void Worker<P>::take_rtp(Packet* packet, Transport& transport) {
  if (const DropReason reason = add_pending(packet, transport); reason != DropReason::kNone) {
    drop(packet, reason);
  } else if (pending_count_ == pending_.size()) {
    flush_received();
  }
}

// An RTP packet, to be decrypted with the others of the burst.
template <Platform P>
DropReason Worker<P>::add_pending(Packet* packet, Transport& transport) {
  const auto bytes = datagram(packet);
  const auto header = parse_rtp_header(bytes);
  if (!header) return header.error();
  Slot* slot = take_slot(bytes, *header);
  slot->arrival = platform_.metadata(packet).arrival;
  unprotect_jobs_[pending_count_] = {
      .context = &transport.receive,
      .packet = bytes.data(),
      .packet_bytes = static_cast<std::uint16_t>(bytes.size()),
      .header_bytes = header->header_bytes,
      .payload = slot->bytes() + Slot::payload_begin(header->header_bytes)};
  pending_[pending_count_++] = {packet, &transport, *header, slot, slots_.position()};
  if (has_many_)
    pools_.streams.prefetch(transport.streams.stream_of(header->ssrc), Stream::kReceiveBytes);
  return DropReason::kNone;
}

// With the packet's header in it.
template <Platform P>
Slot* Worker<P>::take_slot(std::span<const std::uint8_t> rtp, const RtpHeader& header) {
  const std::size_t header_bytes = header.header_bytes;
  const std::size_t slot_bytes = Slot::slot_bytes(header_bytes, rtp.size());
  std::byte* place = slots_.reserve(slot_bytes);
  // It was overwritten last when the ring was here before: on its way until the burst is decrypted.
  prefetch_to_write(place, slot_bytes);
  Slot* slot = new (place) Slot;
  std::memcpy(slot->bytes() + Slot::rtp_begin(header_bytes), rtp.data(), header_bytes);
  return slot;
}

template <Platform P>
void Worker<P>::take_stun(Packet* packet, TransportHandle handle) {
  const auto bytes = datagram(packet);
  stun::MessageView message;
  if (const DropReason reason = stun::parse_message(bytes, message); reason != DropReason::kNone) {
    drop(packet, reason);
    return;
  }
  if (answer_check(packet, message, handle)) return;
  const TransportHandle previous = flows_.previous(platform_.metadata(packet).path.remote);
  if (answer_check(packet, message, previous)) return;
  // An unknown address, or other credentials than the flow's: the control plane knows them all.
  if (!stun_punts_.take(now_)) {
    drop(packet, DropReason::kPuntRateLimited);
    return;
  }
  punt(packet, {});
}

// True if the message is done with: its credentials are the transport's, or it needs none.
template <Platform P>
bool Worker<P>::answer_check(Packet* packet, const stun::MessageView& message,
                             TransportHandle handle) {
  Transport* transport = pools_.transports.resolve(handle);
  if (transport == nullptr) return false;
  Path path = platform_.metadata(packet).path;
  std::array<std::uint8_t, stun::kAnswerBytesMax> answer;
  const auto verdict = stun::answer_binding_request(message, transport->ice, path.remote, answer);
  if (verdict.drop == DropReason::kStunUnauthenticated) return false;
  // Consent that was lost does not come back (RFC 7675 section 5.1).
  const DropReason reason = transport->is_consent_expired ? DropReason::kNoConsent : verdict.drop;
  if (reason != DropReason::kNone) {
    drop(packet, reason);
    return true;
  }
  if (verdict.authenticated) accept_check(*transport, handle, path, verdict);
  send_payload(way_to(path, transport), std::span<const std::uint8_t>(answer).first(verdict.bytes));
  stats_.stun_answered.add(1);
  platform_.release(packet);
  return true;
}

template <Platform P>
void Worker<P>::accept_check(Transport& transport, TransportHandle handle, const Path& path,
                             const stun::BindingVerdict& verdict) {
  settle_flow(path.remote, handle);
  learn_next_hop(transport, path);
  if (is_along(transport.path, path)) {
    transport.consent_at = transport.path_heard_at = now_;
    if (verdict.priority != 0) transport.nomination.priority = verdict.priority;
    if (!verdict.nominates) return;
    transport.nomination.number = verdict.nomination;
    transport.nomination.at = now_;
  } else if (should_move(transport, verdict)) {
    select_path(transport, path, {verdict.priority, verdict.nomination, now_});
    tell_path(transport, handle);
  }
}

// An authentic packet from the nominated pair: the peer has the keys, and is there now, as replays
// do not get here. That is as good as a check (docs/adr/0014).
template <Platform P>
void Worker<P>::renew_consent(Transport& transport, const Path& path) {
  if (!transport.is_consent_due) return;
  if (!is_along(transport.path, path)) return;
  transport.is_consent_due = false;
  transport.consent_at = transport.path_heard_at = now_;
}

template <Platform P>
void Worker<P>::punt(Packet* packet, TransportHandle handle) {
  const auto bytes = datagram(packet);
  PuntedDatagram punted;
  if (bytes.size() > punted.data.size()) {
    drop(packet, DropReason::kPacketTooLarge);
    return;
  }
  punted.path = platform_.metadata(packet).path;
  punted.path.remote_mac = next_hop(punted.path);
  punted.transport = handle;
  punted.total_bytes = punted.bytes = static_cast<std::uint16_t>(bytes.size());
  std::memcpy(punted.data.data(), bytes.data(), bytes.size());
  if (!platform_.punt(punted)) count(DropReason::kPuntRingFull);
  platform_.release(packet);
}

}  // namespace penstock
