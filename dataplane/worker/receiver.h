// Steps 1 to 4 of a packet's journey: frames and handovers in, parsed, handed over to whose they
// are, classified, and given to who deals with their kind. Owned by the worker; its own thread
// only.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>

#include "dataplane/base/test_hooks.h"
#include "dataplane/net/udp_parser.h"
#include "dataplane/rtp/demux.h"
#include "dataplane/worker/check_responder.h"
#include "dataplane/worker/fragments.h"
#include "dataplane/worker/link_port.h"
#include "dataplane/worker/media_receiver.h"

namespace penstock {

inline constexpr std::size_t kHandoversPerIteration = 64;

template <Platform P>
class Receiver {
 public:
  using Packet = typename P::Packet;

  // Whom packets go to.
  struct Takers {
    LinkPort<P>& link;
    Fragments<P>& fragments;
    CheckResponder<P>& checks;
    Punter<P>& punter;
    MediaReceiver<P>& media;
    Forwarder<P>& forwarder;
    KeyframeAsker<P>& keyframes;
    Repairer<P>& repairer;
  };

  Receiver(Environment<P>& env, FlowTable& flows, Paths<P>& paths,
           const Transmitter<P>& transmitter, const Takers& takers)
      : env_(env),
        flows_(flows),
        paths_(paths),
        transmitter_(transmitter),
        link_(takers.link),
        fragments_(takers.fragments),
        checks_(takers.checks),
        punter_(takers.punter),
        media_(takers.media),
        forwarder_(takers.forwarder),
        keyframes_(takers.keyframes),
        repairer_(takers.repairer) {}

  // Both return how many there were.
  std::size_t receive_frames();
  std::size_t receive_handovers();

 private:
  void take_media(const Handover<Packet>& handover);
  bool take_frame(Packet* packet);
  void look_ahead(std::span<Packet* const> packets);
  bool hand_over_datagram(Packet* packet, std::uint16_t port);
  void take_datagram(Packet* packet);
  void count_ecn(std::uint8_t ecn) {
    (ecn == kEcnCongestionExperienced ? env_.stats.ecn_congestion_received
                                      : env_.stats.ecn_capable_received)
        .add(1);
  }
  [[gnu::noinline]] void take_contested(Packet* packet, DatagramKind kind, TransportHandle owner);

  Environment<P>& env_;
  FlowTable& flows_;
  Paths<P>& paths_;
  const Transmitter<P>& transmitter_;
  LinkPort<P>& link_;
  Fragments<P>& fragments_;
  CheckResponder<P>& checks_;
  Punter<P>& punter_;
  MediaReceiver<P>& media_;
  Forwarder<P>& forwarder_;
  KeyframeAsker<P>& keyframes_;
  Repairer<P>& repairer_;
};

template <Platform P>
std::size_t Receiver<P>::receive_frames() {
  // While the port has no room there is time to look: among what comes there are checks and audio.
  if (forwarder_.has_enough() && !transmitter_.is_port_full()) return 0;
  std::array<Packet*, kBurstMax> burst;
  const std::size_t received = env_.platform.receive_burst(burst);
  const std::size_t refused = env_.platform.take_refused();
  if (refused != 0) [[unlikely]]
    env_.count(DropReason::kFrameTooLarge, refused);
  std::size_t datagrams = 0;
  for (Packet* packet : std::span(burst).first(received)) {
    if (take_frame(packet)) burst[datagrams++] = packet;
  }
  if (env_.has_many) look_ahead(std::span(burst).first(datagrams));
  for (Packet* packet : std::span(burst).first(datagrams)) take_datagram(packet);
  media_.flush();
  std::size_t others = refused;
  if constexpr (requires { requires P::kReceivesDatagrams; }) {
    for (const LargeDatagram& large : env_.platform.large_datagrams()) [[unlikely]] {
      const DropReason reason = fragments_.take_large(large.path, large.payload);
      if (reason != DropReason::kNone) env_.count(reason);
      ++others;
    }
  }
  env_.stats.frames_received.add(received + others);
  return received + others;
}

template <Platform P>
std::size_t Receiver<P>::receive_handovers() {
  std::size_t total = 0;
  while (total < kHandoversPerIteration) {
    std::array<Handover<Packet>, kBurstMax> entries;
    const std::size_t count = env_.platform.receive_handovers(entries);
    for (std::size_t i = 0; i < count; ++i) {
      const Handover<Packet>& entry = entries[i];
      switch (entry.kind) {
        case HandoverKind::kDatagram:
          take_datagram(entry.packet);
          break;
        case HandoverKind::kFragment:
          fragments_.take_handed(entry.packet);
          break;
        case HandoverKind::kLink:
          link_.take(entry.packet);
          break;
        case HandoverKind::kTooBig:
          link_.take_too_big(entry.packet);
          break;
        case HandoverKind::kKeyframeRequest:
          keyframes_.ask(entry.stream, entry.encodings);
          break;
        case HandoverKind::kLostForReceiver:
          repairer_.take_lost(entry.stream, entry.position);
          break;
        case HandoverKind::kMedia:
          take_media(entry);
          break;
      }
    }
    media_.flush();
    total += count;
    if (count < entries.size()) break;
  }
  return total;
}

// What another worker has received, for those of its receivers that are here.
template <Platform P>
void Receiver<P>::take_media(const Handover<Packet>& handover) {
  MediaPacket packet;
  if (!handover.slot.read(env_.pools.slots, packet)) return env_.count(DropReason::kSlotReclaimed);
  forwarder_.take(handover.slot, packet.slot);
}

// True if it is a datagram for this worker, which is to be taken; of others there is nothing left
// to do.
template <Platform P>
bool Receiver<P>::take_frame(Packet* packet) {
  env_.stats.bytes_received.add(env_.platform.size(packet));
  if constexpr (requires { requires P::kReceivesDatagrams; }) {
    PacketMetadata& about = env_.platform.metadata(packet);
    about.arrival = env_.now;
    return true;
  }
  const std::span<const std::uint8_t> frame(env_.platform.data(packet), env_.platform.size(packet));
  const bool is_good = env_.platform.has_good_checksums(packet);
  const FrameVerdict verdict =
      parse_frame(frame, env_.context.addresses,
                  {.ipv4_checksum_known_good = is_good, .udp_checksum_known_good = is_good});
  if (verdict.is_link_work()) {
    link_.take(packet);
    return false;
  }
  if (verdict.kind != FrameKind::kUdp) {
    if (verdict.drop == DropReason::kIpFragment) {
      fragments_.take(packet);
    } else {
      env_.drop(packet, verdict.drop);
    }
    return false;
  }
  if (verdict.ecn != 0) [[unlikely]]
    count_ecn(verdict.ecn);
  PacketMetadata& metadata = env_.platform.metadata(packet);
  metadata = {};
  metadata.arrival = env_.now;
  metadata.path = verdict.path;
  metadata.datagram_offset = verdict.payload_offset;
  metadata.datagram_bytes = verdict.payload_bytes;
  if (verdict.path.local.port == env_.local_port()) return true;
  if (!hand_over_datagram(packet, verdict.path.local.port)) env_.platform.release(packet);
  return false;
}

// What the packets of a burst will need is asked for before the first of them is taken, so that the
// memory of one is waited for together with that of all others. Decides nothing: a packet may
// change what the next one finds.
template <Platform P>
void Receiver<P>::look_ahead(std::span<Packet* const> packets) {
  for (Packet* packet : packets) flows_.prefetch(env_.platform.metadata(packet).path.remote);
  std::array<TransportHandle, kBurstMax> handles;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    handles[i] = flows_.find(env_.platform.metadata(packets[i]).path.remote);
    env_.pools.transports.prefetch(handles[i], 0);
  }
  std::array<const Transport*, kBurstMax> transports;
  std::size_t count = 0;
  for (const TransportHandle handle : std::span(handles).first(packets.size())) {
    const Transport* transport = env_.pools.transports.resolve(handle);
    if (transport == nullptr) continue;
    transport->prefetch_to_receive();
    transports[count++] = transport;
  }
  for (const Transport* transport : std::span(transports).first(count))
    transport->prefetch_sources();
}

// The destination port names the owner. False (and counted) if nobody owns it or the owner does not
// keep up.
template <Platform P>
bool Receiver<P>::hand_over_datagram(Packet* packet, std::uint16_t port) {
  const auto owner = env_.owner_of(port);
  if (!owner) {
    env_.count(DropReason::kUdpPortUnknown);
    return false;
  }
  if (!env_.platform.hand_over(*owner, {HandoverKind::kDatagram, packet, {}})) {
    env_.count(DropReason::kHandoverRingFull);
    return false;
  }
  env_.stats.handed_over.add(1);
  return true;
}

template <Platform P>
void Receiver<P>::take_datagram(Packet* packet) {
  const auto bytes = env_.datagram(packet);
  if (bytes.empty()) {
    env_.drop(packet, DropReason::kDatagramEmpty);
    return;
  }
  const DatagramKind kind = classify_datagram(bytes);
  if (kind == DatagramKind::kUnknown) {
    env_.drop(packet, DropReason::kDatagramUnknown);
    return;
  }
  const SocketAddress& remote = env_.platform.metadata(packet).path.remote;
  const TransportHandle handle = flows_.find(remote);
  if (kind == DatagramKind::kStun) {
    checks_.take(packet, handle);
    return;
  }
  if (flows_.has_contested() && kind != DatagramKind::kDtls) [[unlikely]] {
    if (!flows_.previous(remote).is_null()) return take_contested(packet, kind, handle);
  }
  // Nothing but STUN is looked at before the pair is validated.
  Transport* transport = env_.pools.transports.resolve(handle);
  if (transport == nullptr) {
    if (test_hooks::is_planted(test_hooks::PlantedBug::kLosePacketOfEndedTransport)) return;
    env_.drop(packet, handle.is_null() ? DropReason::kFlowUnknown : DropReason::kTransportClosed);
  } else if (kind == DatagramKind::kDtls) {
    if (transport->punt_bucket.take(env_.now)) {
      punter_.punt(packet, handle);
    } else {
      env_.drop(packet, DropReason::kPuntRateLimited);
    }
  } else if (!transport->receive.is_ready()) {
    env_.drop(packet, DropReason::kSrtpNoKeys);
  } else if (kind == DatagramKind::kRtp) {
    media_.take_rtp(packet, *transport);
  } else {
    media_.take_rtcp(packet, *transport);
  }
}

// SRTP or SRTCP from an address that two transports have validated: whose keys it was made with,
// has the flow from now on. A copy, because a failed attempt leaves nothing of the original.
template <Platform P>
void Receiver<P>::take_contested(Packet* packet, DatagramKind kind, TransportHandle owner) {
  media_.flush();  // what came before this is first
  const auto bytes = env_.datagram(packet);
  std::array<std::uint8_t, kDatagramBytesMax> original;
  if (bytes.size() > original.size()) return env_.drop(packet, DropReason::kPacketTooLarge);
  std::memcpy(original.data(), bytes.data(), bytes.size());
  const SocketAddress remote = env_.platform.metadata(packet).path.remote;
  DropReason reason = DropReason::kNone;
  for (const TransportHandle handle : {owner, flows_.previous(remote)}) {
    Transport* transport = env_.pools.transports.resolve(handle);
    // What is not encrypted proves nothing.
    if (transport == nullptr || transport->kind == TransportKind::kPlain) continue;
    std::memcpy(bytes.data(), original.data(), bytes.size());
    const DropReason verdict = media_.take_alone(packet, kind, *transport);
    if (verdict == DropReason::kNone) return paths_.settle_flow(remote, handle);
    if (reason == DropReason::kNone) reason = verdict;
  }
  env_.drop(packet, reason == DropReason::kNone ? DropReason::kTransportClosed : reason);
}

}  // namespace penstock
