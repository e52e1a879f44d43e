// The ways to peers: which flow is whose, the path of each transport, and the next hop on it.
// Whatever is known of a way, an authentic packet that says otherwise corrects. Part of worker.h.
#pragma once

#include "dataplane/net/udp_writer.h"
#include "dataplane/worker/worker.h"

namespace penstock {

template <Platform P>
void Worker<P>::add_flow(Transport& transport, TransportHandle handle, const Path& path,
                         const stun::Nomination* nomination) {
  Owned& owned = owned_[transport.owned_index];
  bool is_known = false;
  for (const SocketAddress& flow : owned.flows) is_known |= flow == path.remote;
  if (!is_known) {
    if (!owned.flows.push_back(path.remote)) return;
    context_.flow_sources->add(context_.index, path.remote.ip);
  }
  if (!flows_.insert(path.remote, handle)) return;
  if (nomination != nullptr) {
    select_path(transport, path, *nomination);
  } else {
    learn_next_hop(transport, path);
  }
}

template <Platform P>
void Worker<P>::remove_flow(Transport& transport, TransportHandle handle,
                            const SocketAddress& remote) {
  Owned& owned = owned_[transport.owned_index];
  for (std::size_t i = owned.flows.size(); i > 0; --i) {
    if (owned.flows[i - 1] != remote) continue;
    owned.flows.erase_unordered(i - 1);
    context_.flow_sources->remove(context_.index, remote.ip);
  }
  flows_.erase(remote, handle);
}

// A check came on a pair that is not the selected one: whether it is now. That is for the peer's
// nominations to say; but a pair on which the peer is not heard any more gives way to any on which
// it is.
template <Platform P>
bool Worker<P>::should_move(const Transport& transport, const stun::BindingVerdict& verdict) const {
  const bool has_path = transport.path_template.header_bytes != 0;
  if (!verdict.nominates)
    return has_path && now_ - transport.path_heard_at >= kSelectedPairSilenceMax;
  return !has_path ||
         stun::moves_to(transport.nomination, {verdict.priority, verdict.nomination, now_});
}

template <Platform P>
void Worker<P>::select_path(Transport& transport, const Path& path,
                            const stun::Nomination& nomination) {
  // What waits to be protected was begun for the path that ends here.
  flush_protected();
  const bool could_send = transport.can_send();
  transport.path = path;
  transport.nomination = nomination;
  transport.consent_at = transport.path_heard_at = now_;
  transport.path_template = way_to(path, &transport);
  if (!could_send && transport.can_send()) ask_for_keyframes(transport);
}

// The control plane follows the worker, which has moved already.
template <Platform P>
void Worker<P>::tell_path(Transport& transport, TransportHandle handle) {
  transport.is_path_told = raise({.kind = EventKind::kPathSelected,
                                  .transport = handle,
                                  .stream = {},
                                  .path = transport.path});
}

// SRTP or SRTCP from an address that two transports have validated: whose keys it was made with,
// has the flow from now on. A copy, because a failed attempt leaves nothing of the original.
template <Platform P>
void Worker<P>::take_contested(Packet* packet, DatagramKind kind, TransportHandle owner) {
  flush_received();  // what came before this is first
  const auto bytes = datagram(packet);
  std::array<std::uint8_t, kDatagramBytesMax> original;
  if (bytes.size() > original.size()) return drop(packet, DropReason::kPacketTooLarge);
  std::memcpy(original.data(), bytes.data(), bytes.size());
  const SocketAddress remote = platform_.metadata(packet).path.remote;
  DropReason reason = DropReason::kNone;
  for (const TransportHandle handle : {owner, flows_.previous(remote)}) {
    Transport* transport = pools_.transports.resolve(handle);
    if (transport == nullptr) continue;
    std::memcpy(bytes.data(), original.data(), bytes.size());
    const DropReason verdict = take_alone(packet, kind, *transport);
    if (verdict == DropReason::kNone) return settle_flow(remote, handle);
    if (reason == DropReason::kNone) reason = verdict;
  }
  drop(packet, reason == DropReason::kNone ? DropReason::kTransportClosed : reason);
}

// Takes one packet outside of a burst if it is the transport's; else it is still the caller's.
template <Platform P>
DropReason Worker<P>::take_alone(Packet* packet, DatagramKind kind, Transport& transport) {
  if (!transport.receive.is_ready()) return DropReason::kSrtpNoKeys;
  if (kind == DatagramKind::kRtcp) {
    const auto bytes = datagram(packet);
    const auto result = srtp_->unprotect_rtcp(transport.receive, bytes);
    if (result.reason == DropReason::kNone)
      take_plain_rtcp(packet, transport, bytes.first(result.bytes));
    return result.reason;
  }
  const DropReason reason = add_pending(packet, transport);
  if (reason != DropReason::kNone) return reason;
  pending_count_ = 0;
  const UnprotectJob& job = unprotect_jobs_.front();
  srtp_->unprotect_rtp(std::span(unprotect_jobs_).first(1));
  if (job.result != DropReason::kNone || !settle(pending_.front(), job))
    slots_.take_back(pending_.front().position);
  return job.result;
}

// An authentic packet of the transport came from there.
template <Platform P>
void Worker<P>::settle_flow(const SocketAddress& remote, TransportHandle handle) {
  if (flows_.has_contested()) [[unlikely]]
    static_cast<void>(flows_.insert(remote, handle));
}

// An authentic packet came along `path`. If that is the nominated pair, its frame says who delivers
// to us from now on: the peer, or the last router, may have another MAC than before.
template <Platform P>
void Worker<P>::learn_next_hop(Transport& transport, const Path& path) {
  if (path.remote_mac == transport.path.remote_mac) [[likely]]
    return;
  if (!is_along(transport.path, path)) return;
  transport.path.remote_mac = path.remote_mac;
  refresh_next_hop(transport);
}

// Asked in every pass of the timers, so that a gateway's new MAC reaches all paths, and no packet
// pays for it.
template <Platform P>
void Worker<P>::refresh_next_hop(Transport& transport) {
  if (transport.path_template.header_bytes == 0) return;
  const MacAddress mac = next_hop(transport.path);
  if (mac != next_hop_of(transport.path_template)) set_next_hop(transport.path_template, mac);
}

// For a datagram of the control plane, which may know an older next hop than we do.
template <Platform P>
UdpPathTemplate Worker<P>::way_along(Path path) const {
  const Transport* transport = pools_.transports.resolve(flows_.find(path.remote));
  if (transport != nullptr && is_along(transport->path, path))
    path.remote_mac = transport->path.remote_mac;
  return way_to(path, transport);
}

// `transport`: whose peer that is, as far as is known; else null.
template <Platform P>
UdpPathTemplate Worker<P>::way_to(Path path, const Transport* transport) const {
  path.remote_mac = next_hop(path);
  // The kernel writes checksums of its own.
  constexpr bool kHasChecksums = !requires { requires P::kReceivesDatagrams; };
  return make_udp_path_template(path, context_.addresses.mac,
                                {.mtu = path_mtu(transport, path.remote),
                                 .vlan_id = context_.addresses.vlan_id,
                                 .ipv4_udp_checksum = context_.media_checksum,
                                 .dscp = context_.marks_dscp ? kDscpOther : std::uint8_t{0},
                                 .has_udp_checksum = kHasChecksums});
}

// The gateway for peers behind it, once its MAC is known; otherwise whoever delivered the peer's
// frame.
template <Platform P>
MacAddress Worker<P>::next_hop(const Path& path) const {
  const bool is_v4 = path.remote.ip.is_v4();
  const InterfaceNetwork& network = is_v4 ? context_.addresses.ipv4 : context_.addresses.ipv6;
  if (!network.has_gateway() || is_on_link(network, path.remote.ip)) return path.remote_mac;
  const std::uint64_t bits = (is_v4 ? context_.gateway_macs->ipv4 : context_.gateway_macs->ipv6)
                                 .load(std::memory_order_relaxed);
  if (bits == 0) return path.remote_mac;
  return MacAddress::from_word(bits);
}

}  // namespace penstock
