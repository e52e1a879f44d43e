// Datagrams that come in IP fragments: a DTLS flight that is larger than a frame is put together
// and goes to the control plane; nothing else is taken. Media never comes so (RFC 8834 has senders
// keep to the path's MTU), and what would have to be copied for each of its packets, and could be
// sent by anybody who forges an address, has no place on its way. Part of worker.h.
#pragma once

#include <algorithm>

#include "dataplane/net/udp.h"
#include "dataplane/worker/worker.h"

namespace penstock {

// Of a frame that arrived here: the workers that have a flow from its address put it together, each
// for itself, as only the first fragment says which of them it is for.
template <Platform P>
void Worker<P>::take_fragment(Packet* packet) {
  const std::span<const std::uint8_t> frame(platform_.data(packet), platform_.size(packet));
  IpFragment fragment;
  const DropReason reason = parse_ip_fragment(frame, context_.addresses, {}, fragment);
  if (reason != DropReason::kNone) return drop(packet, reason);
  bool is_known = false;
  for (WorkerIndex worker = 0; worker < context_.worker_count; ++worker) {
    if (!context_.flow_sources->may_have(worker, fragment.source)) continue;
    is_known = true;
    if (worker == context_.index) {
      reassemble(fragment);
    } else {
      hand_over_fragment(worker, frame);
    }
  }
  if (!is_known) count(DropReason::kIpFragment);
  platform_.release(packet);
}

// A copy: a buffer is one worker's.
template <Platform P>
void Worker<P>::hand_over_fragment(WorkerIndex worker, std::span<const std::uint8_t> frame) {
  Packet* copy = platform_.allocate();
  if (copy == nullptr) return count(DropReason::kPoolExhausted);
  std::memcpy(platform_.data(copy), frame.data(), frame.size());
  platform_.set_size(copy, frame.size());
  if (!platform_.hand_over(worker, {HandoverKind::kFragment, copy, {}, {}, {}}))
    drop(copy, DropReason::kHandoverRingFull);
}

// Of a frame that another worker received.
template <Platform P>
void Worker<P>::take_handed_fragment(Packet* packet) {
  const std::span<const std::uint8_t> frame(platform_.data(packet), platform_.size(packet));
  IpFragment fragment;
  if (parse_ip_fragment(frame, context_.addresses, {.ipv4_checksum_known_good = true}, fragment) ==
      DropReason::kNone) {
    reassemble(fragment);
  }
  platform_.release(packet);
}

template <Platform P>
void Worker<P>::reassemble(const IpFragment& fragment) {
  const Reassembler::Result result = reassembler_.take(fragment, now_);
  DropReason reason = result.drop;
  if (!result.packet.empty()) reason = take_reassembled(fragment, result.packet);
  if (reason != DropReason::kNone) count(reason);
}

// `packet`: UDP header and payload.
template <Platform P>
DropReason Worker<P>::take_reassembled(const IpFragment& fragment,
                                       std::span<const std::uint8_t> packet) {
  UdpHeader udp;
  const DropReason reason =
      parse_udp_header(packet, {fragment.source, fragment.destination, false}, udp);
  if (reason != DropReason::kNone) return reason;
  const Path path{.remote_mac = fragment.remote_mac,
                  .remote = {fragment.source, udp.source_port},
                  .local = {fragment.destination, udp.destination_port}};
  if (path.local.port != local_port()) return DropReason::kFragmentOfOtherWorker;
  return take_large(path, packet.subspan(kUdpHeaderBytes, udp.payload_bytes));
}

// A datagram that no packet has room for: of a known flow, and DTLS.
template <Platform P>
DropReason Worker<P>::take_large(const Path& path, std::span<const std::uint8_t> payload) {
  if (payload.empty() || classify_datagram(payload) != DatagramKind::kDtls)
    return DropReason::kFragmentNotDtls;
  const TransportHandle handle = flows_.find(path.remote);
  Transport* transport = pools_.transports.resolve(handle);
  if (transport == nullptr)
    return handle.is_null() ? DropReason::kFlowUnknown : DropReason::kTransportClosed;
  if (!transport->punt_bucket.take(now_)) return DropReason::kPuntRateLimited;
  return punt_in_parts(path, handle, payload) ? DropReason::kNone : DropReason::kPuntRingFull;
}

// False if the ring had no room for all of it: then it is lost, like any datagram.
template <Platform P>
bool Worker<P>::punt_in_parts(const Path& path, TransportHandle handle,
                              std::span<const std::uint8_t> payload) {
  PuntedDatagram punted;
  punted.path = path;
  punted.path.remote_mac = next_hop(path);
  punted.transport = handle;
  punted.total_bytes = static_cast<std::uint16_t>(payload.size());
  while (punted.offset < payload.size()) {
    const auto part = payload.subspan(punted.offset,
                                      std::min(punted.data.size(), payload.size() - punted.offset));
    punted.bytes = static_cast<std::uint16_t>(part.size());
    std::memcpy(punted.data.data(), part.data(), part.size());
    if (!platform_.punt(punted)) return false;
    punted.offset = static_cast<std::uint16_t>(punted.offset + part.size());
  }
  return true;
}

}  // namespace penstock
