// The ways to peers: which flow is whose, the path of each transport, the next hop on it, and how
// large a packet may be: the port's MTU, or less, once a router on the way has said so (RFC 1191,
// RFC 8201; nothing is probed). Whatever is known of a way, an authentic packet that says otherwise
// corrects. Owned by the worker; its own thread only.
#pragma once

#include "dataplane/net/packet_too_big.h"
#include "dataplane/net/udp_writer.h"
#include "dataplane/stun/responder.h"
#include "dataplane/worker/environment.h"
#include "dataplane/worker/owned_transports.h"

namespace penstock {

template <Platform P>
class Paths {
 public:
  Paths(Environment<P>& env, FlowTable& flows, OwnedTransports& owned)
      : env_(env), flows_(flows), owned_(owned) {}

  // --- Flows
  // A validated pair of the transport's; with a nomination it is selected, too. True if media may
  // be sent from now on.
  bool add_flow(Transport& transport, TransportHandle handle, const Path& path,
                const stun::Nomination* nomination);
  void remove_flow(Transport& transport, TransportHandle handle, const SocketAddress& remote);
  void settle_flow(const SocketAddress& remote, TransportHandle handle);

  // --- A plain transport's way, which is there as soon as the next hop is known
  void open(Transport& transport, TransportHandle handle);

  // --- The selected pair
  bool should_move(const Transport& transport, const stun::BindingVerdict& verdict) const;
  // What was begun for the path before must be protected already. True if media may be sent from
  // now on.
  bool select(Transport& transport, const Path& path, const stun::Nomination& nomination);
  void tell(Transport& transport, TransportHandle handle);

  // --- The next hop
  void learn_next_hop(Transport& transport, const Path& path);
  void refresh_next_hop(Transport& transport);
  UdpPathTemplate way_along(Path path) const;
  UdpPathTemplate way_to(Path path, const Transport* transport) const;
  MacAddress next_hop(const Path& path) const;
  UdpChecksum udp_checksum() const;

  // --- Its size
  DropReason limit(const PacketTooBig& message);
  void unlimit(Transport& transport);
  std::uint16_t mtu(const Transport* transport, const SocketAddress& remote) const;

 private:
  void begin_plain(Transport& transport);
  // False where the kernel finds the next hop.
  static constexpr bool has_link() {
    if constexpr (requires { requires P::kReceivesDatagrams; }) return false;
    return true;
  }

  Environment<P>& env_;
  FlowTable& flows_;
  OwnedTransports& owned_;
};

template <Platform P>
bool Paths<P>::add_flow(Transport& transport, TransportHandle handle, const Path& path,
                        const stun::Nomination* nomination) {
  OwnedTransports::Owned& owned = owned_.of(transport);
  bool is_known = false;
  for (const SocketAddress& flow : owned.flows) is_known |= flow == path.remote;
  if (!is_known) {
    if (!owned.flows.push_back(path.remote)) return false;
    env_.context.flow_sources->add(env_.context.index, path.remote.ip);
  }
  if (!flows_.insert(path.remote, handle)) return false;
  if (nomination != nullptr) return select(transport, path, *nomination);
  learn_next_hop(transport, path);
  return false;
}

template <Platform P>
void Paths<P>::remove_flow(Transport& transport, TransportHandle handle,
                           const SocketAddress& remote) {
  OwnedTransports::Owned& owned = owned_.of(transport);
  for (std::size_t i = owned.flows.size(); i > 0; --i) {
    if (owned.flows[i - 1] != remote) continue;
    owned.flows.erase_unordered(i - 1);
    env_.context.flow_sources->remove(env_.context.index, remote.ip);
  }
  flows_.erase(remote, handle);
}

template <Platform P>
void Paths<P>::begin_plain(Transport& transport) {
  const IpAddress& ip = transport.path.remote.ip;
  transport.path.remote_mac = !ip.is_multicast()
                                  ? MacAddress::from_word(transport.neighbor_mac.get())
                              : ip.is_v4() ? MacAddress::for_ipv4_multicast(ip)
                                           : MacAddress::for_ipv6_multicast(ip);
  if (!has_link() || next_hop(transport.path) != MacAddress{})
    transport.path_template = way_to(transport.path, &transport);
}

// What comes from an address that another transport has is that one's: who asks for media to be
// sent somewhere takes nobody's flow by it.
template <Platform P>
void Paths<P>::open(Transport& transport, TransportHandle handle) {
  refresh_next_hop(transport);
  if (transport.plain_rtcp_port == 0) return;
  SocketAddress reporter = transport.path.remote;
  reporter.port = transport.plain_rtcp_port;
  if (env_.pools.transports.resolve(flows_.find(reporter)) != nullptr) return;
  static_cast<void>(add_flow(transport, handle,
                             {.remote_mac = {}, .remote = reporter, .local = transport.path.local},
                             nullptr));
}

// An authentic packet of the transport came from there.
template <Platform P>
void Paths<P>::settle_flow(const SocketAddress& remote, TransportHandle handle) {
  if (flows_.has_contested()) [[unlikely]]
    static_cast<void>(flows_.insert(remote, handle));
}

// A check came on a pair that is not the selected one: whether it is now. That is for the peer's
// nominations to say; but a pair on which the peer is not heard any more gives way to any on which
// it is.
template <Platform P>
bool Paths<P>::should_move(const Transport& transport, const stun::BindingVerdict& verdict) const {
  const bool has_path = transport.path_template.header_bytes != 0;
  if (!verdict.nominates)
    return has_path && env_.now - transport.path_heard_at >= kSelectedPairSilenceMax;
  return !has_path ||
         stun::moves_to(transport.nomination, {verdict.priority, verdict.nomination, env_.now});
}

template <Platform P>
bool Paths<P>::select(Transport& transport, const Path& path, const stun::Nomination& nomination) {
  const bool could_send = transport.can_send();
  transport.path = path;
  transport.nomination = nomination;
  transport.consent_at = transport.path_heard_at = env_.now;
  transport.path_template = way_to(path, &transport);
  return !could_send && transport.can_send();
}

// The control plane follows the worker, which has moved already.
template <Platform P>
void Paths<P>::tell(Transport& transport, TransportHandle handle) {
  transport.is_path_told = env_.raise({.kind = EventKind::kPathSelected,
                                       .transport = handle,
                                       .stream = {},
                                       .path = transport.path});
}

// An authentic packet came along `path`. If that is the nominated pair, its frame says who delivers
// to us from now on: the peer, or the last router, may have another MAC than before.
template <Platform P>
void Paths<P>::learn_next_hop(Transport& transport, const Path& path) {
  if (path.remote_mac == transport.path.remote_mac) [[likely]]
    return;
  if (!is_along(transport.path, path)) return;
  transport.path.remote_mac = path.remote_mac;
  refresh_next_hop(transport);
}

// Asked in every pass of the timers, so that a gateway's new MAC reaches all paths, and no packet
// pays for it.
template <Platform P>
void Paths<P>::refresh_next_hop(Transport& transport) {
  if (transport.kind == TransportKind::kPlain) [[unlikely]]
    return begin_plain(transport);
  if (transport.path_template.header_bytes == 0) return;
  const MacAddress mac = next_hop(transport.path);
  if (mac != next_hop_of(transport.path_template)) set_next_hop(transport.path_template, mac);
}

// For a datagram of the control plane, which may know an older next hop than we do.
template <Platform P>
UdpPathTemplate Paths<P>::way_along(Path path) const {
  const Transport* transport = env_.pools.transports.resolve(flows_.find(path.remote));
  if (transport != nullptr && is_along(transport->path, path))
    path.remote_mac = transport->path.remote_mac;
  return way_to(path, transport);
}

// `transport`: whose peer that is, as far as is known; else null.
template <Platform P>
UdpPathTemplate Paths<P>::way_to(Path path, const Transport* transport) const {
  path.remote_mac = next_hop(path);
  return make_udp_path_template(path, env_.context.addresses.mac,
                                {.mtu = mtu(transport, path.remote),
                                 .vlan_id = env_.context.addresses.vlan_id,
                                 .ipv4_udp_checksum = env_.context.media_checksum,
                                 .dscp = env_.context.marks_dscp ? kDscpOther : std::uint8_t{0},
                                 .checksum = udp_checksum()});
}

// How those come about that there are. The kernel writes checksums of its own.
template <Platform P>
UdpChecksum Paths<P>::udp_checksum() const {
  if constexpr (requires { requires P::kReceivesDatagrams; }) return UdpChecksum::kNone;
  if constexpr (requires { env_.platform.finishes_checksums(); }) {
    if (env_.platform.finishes_checksums()) return UdpChecksum::kLeftToPort;
  }
  return UdpChecksum::kWritten;
}

// The gateway for peers behind it, once its MAC is known; otherwise whoever delivered the peer's
// frame.
template <Platform P>
MacAddress Paths<P>::next_hop(const Path& path) const {
  const bool is_v4 = path.remote.ip.is_v4();
  const InterfaceNetwork& network =
      is_v4 ? env_.context.addresses.ipv4 : env_.context.addresses.ipv6;
  const bool is_on_our_link = path.remote.ip.is_multicast() || is_on_link(network, path.remote.ip);
  if (!network.has_gateway() || is_on_our_link) return path.remote_mac;
  const std::uint64_t bits =
      (is_v4 ? env_.context.gateway_macs->ipv4 : env_.context.gateway_macs->ipv6)
          .load(std::memory_order_relaxed);
  if (bits == 0) return path.remote_mac;
  return MacAddress::from_word(bits);
}

// Believed if the packet that it quotes can have been sent: to a flow of ours, and no larger than
// anything that goes there. So each is believed once.
template <Platform P>
DropReason Paths<P>::limit(const PacketTooBig& message) {
  Transport* transport = env_.pools.transports.resolve(flows_.find(message.remote));
  if (transport == nullptr || message.packet_bytes > mtu(transport, message.remote))
    return DropReason::kIcmpNotOfOurs;
  transport->path_limit = {message.remote, message.mtu, env_.now + kPathMtuTimeout};
  if (transport->path.remote == message.remote) set_mtu(transport->path_template, message.mtu);
  return DropReason::kNone;
}

// The way may have changed since: the port's MTU is tried again.
template <Platform P>
void Paths<P>::unlimit(Transport& transport) {
  transport.path_limit = {};
  if (transport.path_template.header_bytes != 0)
    set_mtu(transport.path_template, static_cast<std::uint16_t>(env_.context.mtu));
}

template <Platform P>
std::uint16_t Paths<P>::mtu(const Transport* transport, const SocketAddress& remote) const {
  const bool is_limited = transport != nullptr && transport->path_limit.mtu != 0 &&
                          transport->path_limit.remote == remote;
  return is_limited ? transport->path_limit.mtu : static_cast<std::uint16_t>(env_.context.mtu);
}

}  // namespace penstock
