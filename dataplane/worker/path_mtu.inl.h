// How large a packet may be on the way to a peer: the port's MTU, or less, once a router on the way
// has said so (RFC 1191, RFC 8201). Nothing is probed. What is too large for a path is dropped, as
// nobody can make a publisher's packet smaller; what the worker and the control plane say
// themselves fits every path of IPv6, and goes in fragments where one of IPv4 has less. Part of
// worker.h.
#pragma once

#include "dataplane/net/udp_writer.h"
#include "dataplane/worker/worker.h"

namespace penstock {

// Of whichever worker's packet it speaks: its source port says which.
template <Platform P>
void Worker<P>::take_too_big(Packet* packet) {
  const std::span<const std::uint8_t> frame(platform_.data(packet), platform_.size(packet));
  const auto message = parse_packet_too_big(frame, parse_frame(frame, context_.addresses));
  if (!message) return drop(packet, message.error());
  const auto owner = owner_of(message->local.port);
  if (!owner) return drop(packet, DropReason::kIcmpNotOfOurs);
  if (*owner != context_.index) {
    if (!platform_.hand_over(*owner, {HandoverKind::kTooBig, packet, {}, {}, {}}))
      drop(packet, DropReason::kHandoverRingFull);
    return;
  }
  const DropReason reason = limit_path(*message);
  if (reason != DropReason::kNone) return drop(packet, reason);
  platform_.release(packet);
}

// Believed if the packet that it quotes can have been sent: to a flow of ours, and no larger than
// anything that goes there. So each is believed once.
template <Platform P>
DropReason Worker<P>::limit_path(const PacketTooBig& message) {
  Transport* transport = pools_.transports.resolve(flows_.find(message.remote));
  if (transport == nullptr || message.packet_bytes > path_mtu(transport, message.remote))
    return DropReason::kIcmpNotOfOurs;
  transport->path_limit = {message.remote, message.mtu, now_ + kPathMtuTimeout};
  if (transport->path.remote == message.remote) set_mtu(transport->path_template, message.mtu);
  return DropReason::kNone;
}

// The way may have changed since: the port's MTU is tried again.
template <Platform P>
void Worker<P>::unlimit_path(Transport& transport) {
  transport.path_limit = {};
  if (transport.path_template.header_bytes != 0)
    set_mtu(transport.path_template, static_cast<std::uint16_t>(context_.mtu));
}

template <Platform P>
std::uint16_t Worker<P>::path_mtu(const Transport* transport, const SocketAddress& remote) const {
  const bool is_limited = transport != nullptr && transport->path_limit.mtu != 0 &&
                          transport->path_limit.remote == remote;
  return is_limited ? transport->path_limit.mtu : static_cast<std::uint16_t>(context_.mtu);
}

template <Platform P>
DropReason Worker<P>::too_large_for(const UdpPathTemplate& path) const {
  return path.frame_bytes_max < frame_bytes_max_ ? DropReason::kPathMtuExceeded
                                                 : DropReason::kPacketTooLarge;
}

// Headers of a datagram that is no media, and to the port with it.
template <Platform P>
void Worker<P>::finish_control(const UdpPathTemplate& path, Packet* packet,
                               std::size_t payload_bytes) {
  write_checksummed_udp_headers(path, platform_.data(packet), payload_bytes);
  if (platform_.size(packet) > path.frame_bytes_max) [[unlikely]]
    allow_fragmentation(path, platform_.data(packet), next_identification_++);
  transmit(packet);
}

}  // namespace penstock
