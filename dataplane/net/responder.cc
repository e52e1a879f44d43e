#include "dataplane/net/responder.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "dataplane/net/icmp.h"
#include "dataplane/net/ipv4.h"
#include "dataplane/net/ipv6.h"

namespace penstock {
namespace {

constexpr Timestamp kAtOnce = std::numeric_limits<Timestamp>::min();

constexpr auto kIpv4 = static_cast<std::size_t>(OwnAddress::kIpv4);
constexpr auto kIpv6 = static_cast<std::size_t>(OwnAddress::kIpv6);
constexpr auto kLinkLocal = static_cast<std::size_t>(OwnAddress::kLinkLocal);

// With kNone: the frame was taken in.
LinkReply without_answer(DropReason reason) { return {reason, 0}; }

}  // namespace

LinkResponder::LinkResponder(const InterfaceAddresses& addresses)
    : addresses_(addresses), link_local_(addresses.link_local()), listener_(addresses) {
  if (addresses.ipv4.is_present()) claims_[kIpv4].start();
  if (addresses.ipv6.is_present()) {
    claims_[kIpv6].start();
    claims_[kLinkLocal].start();
  }
  if (addresses.ipv4.has_gateway()) ipv4_gateway_.due = kAtOnce;
  if (addresses.ipv6.has_gateway()) ipv6_gateway_.due = kAtOnce;
}

bool LinkResponder::Gateway::take_answer(const MacAddress& from, Timestamp now) {
  if (unanswered == 0 || (is_confirming() && from != *mac)) return false;
  unanswered = 0;
  due = now + kGatewayConfirmInterval;
  mac = from;
  return true;
}

void LinkResponder::Gateway::doubt(const MacAddress& claimed, Timestamp now) {
  if (!mac || claimed == *mac || unanswered != 0) return;
  const Timestamp confirmed_at = due - kGatewayConfirmInterval;
  if (now >= confirmed_at + kGatewayDoubtInterval) due = std::min(due, now);
}

void LinkResponder::Gateway::count_request(Timestamp now) {
  unanswered = std::min(unanswered + 1, kGatewayConfirmationsMax + 1);
  due = now + (is_confirming() ? kGatewayConfirmRetryInterval : kGatewayRetryInterval);
}

LinkReply LinkResponder::respond(std::span<const std::uint8_t> frame, const FrameVerdict& verdict,
                                 Timestamp now, std::span<std::uint8_t> reply) {
  const auto message = frame.subspan(verdict.payload_offset, verdict.payload_bytes);
  switch (verdict.kind) {
    case FrameKind::kArp:
      return respond_to_arp(message, now, reply);
    case FrameKind::kIcmp:
      return respond_to_icmp(message, verdict, now, reply);
    case FrameKind::kIcmpv6:
      return respond_to_icmpv6(message, verdict, now, reply);
    case FrameKind::kDropped:
    case FrameKind::kUdp:
      break;
  }
  return without_answer(verdict.drop);
}

LinkReply LinkResponder::respond_to_arp(std::span<const std::uint8_t> packet, Timestamp now,
                                        std::span<std::uint8_t> reply) {
  ArpPacket arp;
  const DropReason reason = parse_arp(packet, arp);
  if (reason != DropReason::kNone) return without_answer(reason);
  const InterfaceNetwork& ipv4 = addresses_.ipv4;
  const bool is_for_us = ipv4.is_present() && arp.target_ip == ipv4.address;
  const bool is_from_us = arp.sender_ip == ipv4.address || arp.sender_mac == addresses_.mac;
  // Also in announcements and requests, which are not for us (RFC 5227 section 3).
  if (!is_from_us && ipv4.has_gateway() && arp.sender_ip == ipv4.gateway)
    ipv4_gateway_.doubt(arp.sender_mac, now);
  if (ipv4.is_present() && arp.sender_ip == ipv4.address && arp.sender_mac != addresses_.mac) {
    contest(kIpv4, arp.sender_mac, now);
    return without_answer(DropReason::kNone);
  }
  if (!is_for_us || is_from_us || claims_[kIpv4].is_taken())
    return without_answer(DropReason::kArpInvalid);
  if (arp.operation == ArpOperation::kReply) {
    bool is_answer = arp.target_mac == addresses_.mac &&
                     neighbors_.take_answer(arp.sender_ip, arp.sender_mac, now);
    if (arp.sender_ip == ipv4.gateway && arp.target_mac == addresses_.mac)
      is_answer = ipv4_gateway_.take_answer(arp.sender_mac, now) || is_answer;
    return without_answer(is_answer ? DropReason::kNone : DropReason::kArpInvalid);
  }
  if (!neighbor_bucket_.take(now)) return without_answer(DropReason::kNeighborRateLimited);
  if (reply.size() < kArpFrameBytes) return without_answer(DropReason::kArpInvalid);
  write_arp_frame(
      reply.data(), arp.sender_mac,
      {ArpOperation::kReply, addresses_.mac, ipv4.address, arp.sender_mac, arp.sender_ip});
  return {DropReason::kNone, kArpFrameBytes};
}

LinkReply LinkResponder::respond_to_icmp(std::span<const std::uint8_t> message,
                                         const FrameVerdict& verdict, Timestamp now,
                                         std::span<std::uint8_t> reply) {
  const DropReason reason = check_icmp_echo_request(message);
  if (reason != DropReason::kNone) return without_answer(reason);
  if (!echo_bucket_.take(now)) return without_answer(DropReason::kIcmpRateLimited);
  constexpr std::size_t kHeadersBytes = kEthernetHeaderBytes + kIpv4HeaderBytes;
  if (reply.size() < kHeadersBytes + message.size())
    return without_answer(DropReason::kPacketTooLarge);
  const Path& path = verdict.path;
  write_ethernet_header(reply.data(), {path.remote_mac, addresses_.mac, kEtherTypeIpv4});
  write_ipv4_header(reply.data() + kEthernetHeaderBytes,
                    {path.local.ip, path.remote.ip, kProtocolIcmp, kHopLimit,
                     static_cast<std::uint16_t>(message.size())});
  const auto answer = reply.subspan(kHeadersBytes, message.size());
  std::memcpy(answer.data(), message.data(), message.size());
  answer[0] = kIcmpEchoReply;
  store_icmp_checksum(answer);
  return {DropReason::kNone, kHeadersBytes + message.size()};
}

LinkReply LinkResponder::respond_to_icmpv6(std::span<const std::uint8_t> message,
                                           const FrameVerdict& verdict, Timestamp now,
                                           std::span<std::uint8_t> reply) {
  const DropReason reason = check_icmpv6(message, verdict.path.remote.ip, verdict.path.local.ip);
  if (reason != DropReason::kNone) return without_answer(reason);
  switch (message[0]) {
    case kIcmpv6NeighborSolicitation:
    case kIcmpv6NeighborAdvertisement:
      return respond_to_neighbor(message, verdict, now, reply);
    case kIcmpv6MulticastListenerQuery:
      return without_answer(
          listener_.take_query(message,
                               {verdict.path.remote.ip, verdict.path.local.ip, kProtocolIcmpv6,
                                verdict.hop_limit, verdict.payload_bytes},
                               now));
    case kIcmpv6EchoRequest:
      return respond_to_icmpv6_echo(message, verdict, now, reply);
    default:
      return without_answer(DropReason::kIcmpInvalid);
  }
}

LinkReply LinkResponder::respond_to_icmpv6_echo(std::span<const std::uint8_t> message,
                                                const FrameVerdict& verdict, Timestamp now,
                                                std::span<std::uint8_t> reply) {
  const Path& path = verdict.path;
  const bool is_valid =
      message.size() >= kIcmpHeaderBytes && message[1] == 0 && !is_ipv6_multicast(path.local.ip);
  if (!is_valid) return without_answer(DropReason::kIcmpInvalid);
  if (!echo_bucket_.take(now)) return without_answer(DropReason::kIcmpRateLimited);
  constexpr std::size_t kHeadersBytes = kEthernetHeaderBytes + kIpv6HeaderBytes;
  if (reply.size() < kHeadersBytes + message.size())
    return without_answer(DropReason::kPacketTooLarge);
  write_ethernet_header(reply.data(), {path.remote_mac, addresses_.mac, kEtherTypeIpv6});
  write_ipv6_header(reply.data() + kEthernetHeaderBytes,
                    {path.local.ip, path.remote.ip, kProtocolIcmpv6, kHopLimit,
                     static_cast<std::uint16_t>(message.size())});
  const auto answer = reply.subspan(kHeadersBytes, message.size());
  std::memcpy(answer.data(), message.data(), message.size());
  answer[0] = kIcmpv6EchoReply;
  store_icmpv6_checksum(answer, path.local.ip, path.remote.ip);
  return {DropReason::kNone, kHeadersBytes + message.size()};
}

LinkReply LinkResponder::respond_to_neighbor(std::span<const std::uint8_t> message,
                                             const FrameVerdict& verdict, Timestamp now,
                                             std::span<std::uint8_t> reply) {
  const Path& path = verdict.path;
  const Ipv6Header ip{path.remote.ip, path.local.ip, kProtocolIcmpv6, verdict.hop_limit,
                      verdict.payload_bytes};
  NeighborMessage neighbor;
  const DropReason reason = parse_neighbor_message(message, ip, neighbor);
  if (reason != DropReason::kNone) return without_answer(reason);
  const InterfaceNetwork& ipv6 = addresses_.ipv6;
  const IpAddress& speaker = neighbor.is_solicitation ? path.remote.ip : neighbor.target;
  if (ipv6.has_gateway() && speaker == ipv6.gateway && neighbor.has_link_layer_address &&
      neighbor.link_layer_address != addresses_.mac) {
    ipv6_gateway_.doubt(neighbor.link_layer_address, now);
  }
  if (neighbor.is_solicitation) return advertise(neighbor, verdict, now, reply);
  for (const std::size_t which : {kIpv6, kLinkLocal}) {
    if (!ipv6.is_present() || neighbor.target != address(which)) continue;
    const MacAddress& mac =
        neighbor.has_link_layer_address ? neighbor.link_layer_address : path.remote_mac;
    if (mac == addresses_.mac) return without_answer(DropReason::kNdpInvalid);
    contest(which, mac, now);
    return without_answer(DropReason::kNone);
  }
  const bool may_be_answer = neighbor.solicited && neighbor.has_link_layer_address &&
                             neighbor.link_layer_address != addresses_.mac;
  bool is_answer =
      may_be_answer && neighbors_.take_answer(neighbor.target, neighbor.link_layer_address, now);
  if (may_be_answer && neighbor.target == addresses_.ipv6.gateway)
    is_answer = ipv6_gateway_.take_answer(neighbor.link_layer_address, now) || is_answer;
  return without_answer(is_answer ? DropReason::kNone : DropReason::kNdpInvalid);
}

LinkReply LinkResponder::advertise(const NeighborMessage& solicitation, const FrameVerdict& verdict,
                                   Timestamp now, std::span<std::uint8_t> reply) {
  const bool is_for_us =
      (solicitation.target == addresses_.ipv6.address && !claims_[kIpv6].is_taken()) ||
      (solicitation.target == link_local_ && !claims_[kLinkLocal].is_taken());
  const bool is_from_us = solicitation.link_layer_address == addresses_.mac;
  if (!is_for_us || is_from_us) return without_answer(DropReason::kNdpInvalid);
  if (!neighbor_bucket_.take(now)) return without_answer(DropReason::kNeighborRateLimited);
  if (reply.size() < kNeighborFrameBytes) return without_answer(DropReason::kNdpInvalid);
  NeighborFrame addresses{addresses_.mac, verdict.path.remote_mac, solicitation.target,
                          verdict.path.remote.ip};
  if (solicitation.has_link_layer_address)
    addresses.destination_mac = solicitation.link_layer_address;
  // Who asks whether our address is free has none itself: all are told (RFC 4861 section 7.2.4).
  const bool is_duplicate_detection = verdict.path.remote.ip.is_unspecified();
  if (is_duplicate_detection) {
    addresses.destination = all_nodes_group();
    addresses.destination_mac = MacAddress::for_ipv6_multicast(all_nodes_group());
  }
  NeighborMessage answer;
  answer.target = solicitation.target;
  answer.solicited = !is_duplicate_detection;
  answer.override_flag = true;
  answer.link_layer_address = addresses_.mac;
  write_neighbor_frame(reply.data(), addresses, answer);
  return {DropReason::kNone, kNeighborFrameBytes};
}

std::size_t LinkResponder::poll(Timestamp now, std::span<std::uint8_t> frame) {
  if (frame.size() < kPollFrameBytesMax) return 0;
  // First, so that what is said of our addresses comes back to us.
  if (const std::size_t bytes = listener_.poll(now, frame); bytes != 0) return bytes;
  for (std::size_t which = 0; which < claims_.size(); ++which) {
    const AddressClaim::Step step = claims_[which].poll(now);
    if (step == AddressClaim::Step::kProbe) return write_probe(which, frame);
    if (step == AddressClaim::Step::kAnnounce) return write_announcement(which, frame);
  }
  if (gateway_due(ipv4_gateway_, kIpv4) <= now) {
    ipv4_gateway_.count_request(now);
    return write_arp_request(addresses_.ipv4.gateway,
                             ipv4_gateway_.is_confirming() ? *ipv4_gateway_.mac : kBroadcastMac,
                             frame);
  }
  if (gateway_due(ipv6_gateway_, kIpv6) <= now) {
    ipv6_gateway_.count_request(now);
    return write_solicitation(addresses_.ipv6.gateway, frame);
  }
  return write_neighbor_request(now, frame);
}

// Once nobody has claimed the address that asks.
std::size_t LinkResponder::write_neighbor_request(Timestamp now, std::span<std::uint8_t> frame) {
  const auto is_announced = [&](std::size_t which, const InterfaceNetwork& network) {
    return !network.is_present() || claims_[which].is_announced();
  };
  if (!is_announced(kIpv4, addresses_.ipv4) || !is_announced(kIpv6, addresses_.ipv6)) return 0;
  const auto target = neighbors_.poll(now);
  if (!target) return 0;
  return target->is_v4() ? write_arp_request(*target, kBroadcastMac, frame)
                         : write_solicitation(*target, frame);
}

Timestamp LinkResponder::next_poll() const {
  Timestamp next = std::min({gateway_due(ipv4_gateway_, kIpv4), gateway_due(ipv6_gateway_, kIpv6),
                             listener_.next_poll(), neighbors_.next_poll()});
  for (const AddressClaim& claim : claims_) next = std::min(next, claim.next_poll());
  return next;
}

void LinkResponder::contest(std::size_t which, const MacAddress& claimant, Timestamp now) {
  claims_[which].contest(now);
  conflicts_[which] = {conflicts_[which].count + 1, claimant};
}

const IpAddress& LinkResponder::address(std::size_t which) const {
  if (which == kLinkLocal) return link_local_;
  return which == kIpv4 ? addresses_.ipv4.address : addresses_.ipv6.address;
}

// A request says that the address which it comes from is ours.
Timestamp LinkResponder::gateway_due(const Gateway& gateway, std::size_t which) const {
  return claims_[which].is_announced() ? gateway.due : kNever;
}

// ARP: a request that comes from nobody (RFC 5227 section 2.1.1).
std::size_t LinkResponder::write_probe(std::size_t which, std::span<std::uint8_t> frame) const {
  if (which == kIpv4) {
    write_arp_frame(frame.data(), kBroadcastMac,
                    {ArpOperation::kRequest, addresses_.mac, IpAddress::from_v4({0, 0, 0, 0}),
                     MacAddress{}, addresses_.ipv4.address});
    return kArpFrameBytes;
  }
  write_duplicate_detection_frame(frame.data(), addresses_.mac, address(which));
  return kDuplicateDetectionFrameBytes;
}

// ARP: a request in which sender and target are the same (RFC 5227 section 2.3). NDP: an
// unsolicited advertisement to all nodes (RFC 4861 section 7.2.6).
std::size_t LinkResponder::write_announcement(std::size_t which,
                                              std::span<std::uint8_t> frame) const {
  if (which == kIpv4) {
    const IpAddress& ip = addresses_.ipv4.address;
    write_arp_frame(frame.data(), kBroadcastMac,
                    {ArpOperation::kRequest, addresses_.mac, ip, MacAddress{}, ip});
    return kArpFrameBytes;
  }
  NeighborMessage message;
  message.target = address(which);
  message.override_flag = true;
  message.link_layer_address = addresses_.mac;
  write_neighbor_frame(frame.data(),
                       {addresses_.mac, MacAddress::for_ipv6_multicast(all_nodes_group()),
                        message.target, all_nodes_group()},
                       message);
  return kNeighborFrameBytes;
}

std::size_t LinkResponder::write_arp_request(const IpAddress& target, const MacAddress& destination,
                                             std::span<std::uint8_t> frame) const {
  write_arp_frame(
      frame.data(), destination,
      {ArpOperation::kRequest, addresses_.mac, addresses_.ipv4.address, MacAddress{}, target});
  return kArpFrameBytes;
}

std::size_t LinkResponder::write_solicitation(const IpAddress& target,
                                              std::span<std::uint8_t> frame) const {
  const IpAddress group = solicited_node_group(target);
  // The source is of the target's own scope, so that it answers to an address it can reach.
  const IpAddress source =
      is_ipv6_link_local(target) ? addresses_.link_local() : addresses_.ipv6.address;
  NeighborMessage message;
  message.is_solicitation = true;
  message.target = target;
  message.link_layer_address = addresses_.mac;
  write_neighbor_frame(frame.data(),
                       {addresses_.mac, MacAddress::for_ipv6_multicast(group), source, group},
                       message);
  return kNeighborFrameBytes;
}

}  // namespace penstock
