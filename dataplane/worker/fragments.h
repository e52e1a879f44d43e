// Datagrams that come in IP fragments: a DTLS flight that is larger than a frame is put together
// and goes to the control plane; nothing else is taken. Media never comes so (RFC 8834 has senders
// keep to the path's MTU), and what would have to be copied for each of its packets, and could be
// sent by anybody who forges an address, has no place on its way. Owned by the worker; its own
// thread only.
#pragma once

#include <cstring>
#include <span>

#include "dataplane/net/reassembler.h"
#include "dataplane/net/udp.h"
#include "dataplane/net/udp_parser.h"
#include "dataplane/rtp/demux.h"
#include "dataplane/worker/punter.h"

namespace penstock {

template <Platform P>
class Fragments {
 public:
  using Packet = typename P::Packet;

  Fragments(Environment<P>& env, const FlowTable& flows, Punter<P>& punter)
      : env_(env), flows_(flows), punter_(punter) {}

  // Of a frame that arrived here: the workers that have a flow from its address put it together,
  // each for itself, as only the first fragment says which of them it is for. Takes it over.
  [[gnu::noinline]] void take(Packet* packet);
  // Of a frame that another worker received; the same.
  [[gnu::noinline]] void take_handed(Packet* packet);
  // A datagram that no packet has room for: of a known flow, and DTLS.
  DropReason take_large(const Path& path, std::span<const std::uint8_t> payload);

  // Gives up what was not completed in time.
  void expire() {
    const std::size_t given_up = reassembler_.expire(env_.now);
    if (given_up != 0) env_.count(DropReason::kFragmentTimeout, given_up);
  }

 private:
  void hand_over_fragment(WorkerIndex worker, std::span<const std::uint8_t> frame);
  void reassemble(const IpFragment& fragment);
  DropReason take_reassembled(const IpFragment& fragment, std::span<const std::uint8_t> packet);

  Environment<P>& env_;
  const FlowTable& flows_;
  Punter<P>& punter_;
  Reassembler reassembler_;
};

template <Platform P>
void Fragments<P>::take(Packet* packet) {
  const std::span<const std::uint8_t> frame(env_.platform.data(packet), env_.platform.size(packet));
  IpFragment fragment;
  const DropReason reason = parse_ip_fragment(frame, env_.context.addresses, {}, fragment);
  if (reason != DropReason::kNone) return env_.drop(packet, reason);
  bool is_known = false;
  for (WorkerIndex worker = 0; worker < env_.context.worker_count; ++worker) {
    if (!env_.context.flow_sources->may_have(worker, fragment.source)) continue;
    is_known = true;
    if (worker == env_.context.index) {
      reassemble(fragment);
    } else {
      hand_over_fragment(worker, frame);
    }
  }
  if (!is_known) env_.count(DropReason::kIpFragment);
  env_.platform.release(packet);
}

// A copy: a buffer is one worker's.
template <Platform P>
void Fragments<P>::hand_over_fragment(WorkerIndex worker, std::span<const std::uint8_t> frame) {
  Packet* copy = env_.platform.allocate();
  if (copy == nullptr) return env_.count(DropReason::kPoolExhausted);
  std::memcpy(env_.platform.data(copy), frame.data(), frame.size());
  env_.platform.set_size(copy, frame.size());
  if (!env_.platform.hand_over(worker, {HandoverKind::kFragment, copy, {}, {}, {}}))
    env_.drop(copy, DropReason::kHandoverRingFull);
}

template <Platform P>
void Fragments<P>::take_handed(Packet* packet) {
  const std::span<const std::uint8_t> frame(env_.platform.data(packet), env_.platform.size(packet));
  IpFragment fragment;
  if (parse_ip_fragment(frame, env_.context.addresses, {.ipv4_checksum_known_good = true},
                        fragment) == DropReason::kNone) {
    reassemble(fragment);
  }
  env_.platform.release(packet);
}

template <Platform P>
void Fragments<P>::reassemble(const IpFragment& fragment) {
  const Reassembler::Result result = reassembler_.take(fragment, env_.now);
  DropReason reason = result.drop;
  if (!result.packet.empty()) reason = take_reassembled(fragment, result.packet);
  if (reason != DropReason::kNone) env_.count(reason);
}

// `packet`: UDP header and payload.
template <Platform P>
DropReason Fragments<P>::take_reassembled(const IpFragment& fragment,
                                          std::span<const std::uint8_t> packet) {
  UdpHeader udp;
  const DropReason reason =
      parse_udp_header(packet, {fragment.source, fragment.destination, false}, udp);
  if (reason != DropReason::kNone) return reason;
  const Path path{.remote_mac = fragment.remote_mac,
                  .remote = {fragment.source, udp.source_port},
                  .local = {fragment.destination, udp.destination_port}};
  if (path.local.port != env_.local_port()) return DropReason::kFragmentOfOtherWorker;
  return take_large(path, packet.subspan(kUdpHeaderBytes, udp.payload_bytes));
}

template <Platform P>
DropReason Fragments<P>::take_large(const Path& path, std::span<const std::uint8_t> payload) {
  if (payload.empty() || classify_datagram(payload) != DatagramKind::kDtls)
    return DropReason::kFragmentNotDtls;
  const TransportHandle handle = flows_.find(path.remote);
  Transport* transport = env_.pools.transports.resolve(handle);
  if (transport == nullptr)
    return handle.is_null() ? DropReason::kFlowUnknown : DropReason::kTransportClosed;
  if (!transport->punt_bucket.take(env_.now)) return DropReason::kPuntRateLimited;
  return punter_.punt_in_parts(path, handle, payload) ? DropReason::kNone
                                                      : DropReason::kPuntRingFull;
}

}  // namespace penstock
