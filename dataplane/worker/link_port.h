// What the port itself is asked and says on its link: ARP, NDP and ICMP, which are worker 0's, so
// that the port has one state for them; and routers' "packet too big", which is for the worker
// whose packet it was. Owned by the worker; its own thread only.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/net/packet_too_big.h"
#include "dataplane/net/responder.h"
#include "dataplane/net/udp_parser.h"
#include "dataplane/worker/paths.h"
#include "dataplane/worker/transmitter.h"

namespace penstock {

template <Platform P>
class LinkPort {
 public:
  using Packet = typename P::Packet;

  LinkPort(Environment<P>& env, Paths<P>& paths, Transmitter<P>& transmitter)
      : env_(env), paths_(paths), transmitter_(transmitter), responder_(env.context.addresses) {
    if (env.context.index == 0) wanted_.reserve(env.context.transports_max);
  }

  // Both take the packet over.
  void take(Packet* packet);
  // Of whichever worker's packet it speaks: its source port says which.
  [[gnu::noinline]] void take_too_big(Packet* packet);

  // The transport's peer is to be found, if it is on our link. Worker 0's.
  [[gnu::noinline]] void find_neighbor(TransportHandle transport, const IpAddress& ip);

  // Announcements, and requests for gateways and neighbours; worker 0 speaks for the port.
  void poll();

 private:
  // Whose transport waits for it, or had it.
  struct Wanted {
    TransportHandle transport;
    IpAddress ip;
  };

  [[gnu::noinline]] void publish_neighbors();
  void publish_conflicts();

  Environment<P>& env_;
  Paths<P>& paths_;
  Transmitter<P>& transmitter_;
  LinkResponder responder_;
  std::vector<Wanted> wanted_;
  Timestamp next_poll_at_ = 0;
};

template <Platform P>
void LinkPort<P>::take(Packet* packet) {
  if (env_.context.index != 0) {
    if (!env_.platform.hand_over(0, {HandoverKind::kLink, packet, {}})) {
      env_.drop(packet, DropReason::kHandoverRingFull);
    }
    return;
  }
  const std::span<const std::uint8_t> frame(env_.platform.data(packet), env_.platform.size(packet));
  const FrameVerdict verdict = parse_frame(frame, env_.context.addresses);
  if (is_packet_too_big(frame, verdict)) return take_too_big(packet);
  Packet* reply = env_.platform.allocate();
  if (reply == nullptr) {
    env_.drop(packet, DropReason::kPoolExhausted);
    return;
  }
  const LinkReply answer = responder_.respond(
      frame, verdict, env_.now, {env_.platform.data(reply), transmitter_.untagged_bytes_max()});
  if (answer.drop != DropReason::kNone) env_.count(answer.drop);
  if (answer.bytes != 0) {
    transmitter_.transmit_link_frame(reply, answer.bytes);
  } else {
    env_.platform.release(reply);
  }
  env_.platform.release(packet);
}

template <Platform P>
void LinkPort<P>::take_too_big(Packet* packet) {
  const std::span<const std::uint8_t> frame(env_.platform.data(packet), env_.platform.size(packet));
  const auto message = parse_packet_too_big(frame, parse_frame(frame, env_.context.addresses));
  if (!message) return env_.drop(packet, message.error());
  const auto owner = env_.owner_of(message->local.port);
  if (!owner) return env_.drop(packet, DropReason::kIcmpNotOfOurs);
  if (*owner != env_.context.index) {
    if (!env_.platform.hand_over(*owner, {HandoverKind::kTooBig, packet, {}, {}, {}}))
      env_.drop(packet, DropReason::kHandoverRingFull);
    return;
  }
  const DropReason reason = paths_.limit(*message);
  if (reason != DropReason::kNone) return env_.drop(packet, reason);
  env_.platform.release(packet);
}

template <Platform P>
void LinkPort<P>::poll() {
  if (env_.context.index != 0 || env_.now < next_poll_at_) return;
  next_poll_at_ = env_.now + 100 * kMillisecond;
  for (int i = 0; i < 8; ++i) {
    Packet* packet = env_.platform.allocate();
    if (packet == nullptr) return env_.count(DropReason::kPoolExhausted);
    const std::size_t bytes =
        responder_.poll(env_.now, {env_.platform.data(packet), kPollFrameBytesMax});
    if (bytes == 0) {
      env_.platform.release(packet);
      break;
    }
    transmitter_.transmit_link_frame(packet, bytes);
  }
  publish_conflicts();
  publish_neighbors();
  const auto publish = [](std::atomic<std::uint64_t>& slot, const std::optional<MacAddress>& mac) {
    if (mac) slot.store(mac->word(), std::memory_order_relaxed);
  };
  publish(env_.context.gateway_macs->ipv4, responder_.ipv4_gateway_mac());
  publish(env_.context.gateway_macs->ipv6, responder_.ipv6_gateway_mac());
}

template <Platform P>
void LinkPort<P>::find_neighbor(TransportHandle transport, const IpAddress& ip) {
  const InterfaceAddresses& own = env_.context.addresses;
  const InterfaceNetwork& network = ip.is_v4() ? own.ipv4 : own.ipv6;
  if (!network.is_present() || !is_on_link(network, ip)) return;
  if (wanted_.size() == wanted_.capacity()) publish_neighbors();  // some may have ended
  if (wanted_.size() == wanted_.capacity() || !responder_.neighbors().want(ip)) return;
  wanted_.push_back({transport, ip});
  next_poll_at_ = env_.now;
}

// Also that nobody wants one any more.
template <Platform P>
void LinkPort<P>::publish_neighbors() {
  for (std::size_t i = wanted_.size(); i > 0; --i) {
    Wanted& wanted = wanted_[i - 1];
    Transport* transport = env_.pools.transports.resolve(wanted.transport);
    if (transport == nullptr) {
      responder_.neighbors().forget(wanted.ip);
      wanted = wanted_.back();
      wanted_.pop_back();
    } else if (const auto mac = responder_.neighbors().find(wanted.ip)) {
      transport->neighbor_mac.set(mac->word());
    }
  }
}

template <Platform P>
void LinkPort<P>::publish_conflicts() {
  for (std::size_t which = 0; which < kOwnAddresses; ++which) {
    const AddressConflict& conflict = responder_.conflict(static_cast<OwnAddress>(which));
    Counter& count = env_.stats.address_conflicts[which];
    if (conflict.count == count.get()) continue;
    env_.stats.conflicting_macs[which].store(conflict.mac.word(), std::memory_order_relaxed);
    count.add(conflict.count - count.get());
  }
}

}  // namespace penstock
