#include "dataplane/net/udp_parser.h"

#include "dataplane/net/arp.h"
#include "dataplane/net/ethernet.h"
#include "dataplane/net/icmp.h"
#include "dataplane/net/ipv4.h"
#include "dataplane/net/ipv6.h"
#include "dataplane/net/udp.h"

namespace penstock {
namespace {

// Judges one frame; holds what its steps share. The verdict is filled in place, as it is large.
class FrameParser {
 public:
  FrameParser(std::span<const std::uint8_t> frame, const InterfaceAddresses& addresses,
              const ParseOptions& options, FrameVerdict& verdict)
      : frame_(frame), addresses_(addresses), options_(options), verdict_(verdict) {}

  void parse() {
    const DropReason reason = parse_ethernet_header(frame_, addresses_.vlan_id, ethernet_);
    if (reason != DropReason::kNone) return drop(reason);
    if (ethernet_.source == addresses_.mac) return drop(DropReason::kEthernetBadSource);
    if (!is_for_us()) return drop(DropReason::kEthernetNotForUs);
    verdict_.path.remote_mac = ethernet_.source;
    switch (ethernet_.ether_type) {
      case kEtherTypeIpv4:
        return parse_ipv4();
      case kEtherTypeIpv6:
        return parse_ipv6();
      case kEtherTypeArp:
        // What is behind the packet is padding.
        if (payload().size() < kArpBytes) return drop(DropReason::kArpInvalid);
        return accept(FrameKind::kArp, ethernet_.header_bytes, kArpBytes);
      default:
        return drop(DropReason::kEtherTypeUnknown);
    }
  }

 private:
  // Broadcast carries nothing for us but ARP. A unicast IPv4 packet in a group frame is to be
  // discarded (RFC 1122 section 3.3.6), and of IPv4 groups we have none.
  bool is_for_us() const {
    if (ethernet_.destination == addresses_.mac) return true;
    if (ethernet_.ether_type == kEtherTypeIpv4) return false;
    if (ethernet_.destination == kBroadcastMac) return ethernet_.ether_type != kEtherTypeIpv6;
    return ethernet_.ether_type == kEtherTypeIpv6 && is_ipv6_group_mac(ethernet_.destination);
  }

  bool is_ipv6_group_mac(const MacAddress& mac) const {
    if (!addresses_.ipv6.is_present()) return false;
    return mac == MacAddress::for_ipv6_multicast(all_nodes_group()) ||
           mac == MacAddress::for_ipv6_multicast(solicited_node_group(addresses_.ipv6.address)) ||
           mac == MacAddress::for_ipv6_multicast(solicited_node_group(addresses_.link_local()));
  }

  std::span<const std::uint8_t> payload() const { return frame_.subspan(ethernet_.header_bytes); }

  void accept(FrameKind kind, std::size_t offset, std::size_t bytes) {
    verdict_.kind = kind;
    verdict_.payload_offset = static_cast<std::uint16_t>(offset);
    verdict_.payload_bytes = static_cast<std::uint16_t>(bytes);
  }

  void drop(DropReason reason) { verdict_.drop = reason; }

  void parse_ipv4() {
    Ipv4Header ip;
    const DropReason reason = parse_ipv4_header(payload(), options_.ipv4_checksum_known_good, ip);
    if (reason != DropReason::kNone) return drop(reason);
    const bool is_ours = addresses_.ipv4.is_present() && ip.destination == addresses_.ipv4.address;
    if (!is_ours) return drop(DropReason::kIpNotForUs);
    if (is_martian_ipv4_source(ip.source, addresses_.ipv4))
      return drop(DropReason::kIpMartianSource);
    take_addresses(ip.source, ip.destination, ip.time_to_live);
    verdict_.ecn = ip.ecn;
    const std::size_t offset = std::size_t{ethernet_.header_bytes} + ip.header_bytes;
    if (ip.protocol == kProtocolUdp) return parse_udp(offset, ip.payload_bytes);
    if (ip.protocol == kProtocolIcmp) return accept(FrameKind::kIcmp, offset, ip.payload_bytes);
    return drop(DropReason::kIpProtocolUnknown);
  }

  void parse_ipv6() {
    Ipv6Header ip;
    const DropReason reason = parse_ipv6_header(payload(), ip);
    if (reason != DropReason::kNone) return drop(reason);
    if (!is_ipv6_destination_ours(ip.destination)) return drop(DropReason::kIpNotForUs);
    if (!is_ipv6_source_acceptable(ip) && !is_claim_to_ours(ip))
      return drop(DropReason::kIpMartianSource);
    take_addresses(ip.source, ip.destination, ip.hop_limit);
    verdict_.ecn = ip.ecn;
    const std::size_t offset = std::size_t{ethernet_.header_bytes} + ip.header_bytes;
    if (ip.next_header == kProtocolUdp) {
      // Groups and the link-local address are for neighbour discovery and ping, not for media.
      if (ip.destination != addresses_.ipv6.address) return drop(DropReason::kIpNotForUs);
      return parse_udp(offset, ip.payload_bytes);
    }
    if (ip.next_header == kProtocolIcmpv6) {
      // Neighbour discovery has no fragment header (RFC 6980 section 5).
      if (ip.is_atomic_fragment) return drop(DropReason::kNdpInvalid);
      return accept(FrameKind::kIcmpv6, offset, ip.payload_bytes);
    }
    return drop(DropReason::kIpProtocolUnknown);
  }

  bool is_ipv6_destination_ours(const IpAddress& destination) const {
    const InterfaceNetwork& ipv6 = addresses_.ipv6;
    if (!ipv6.is_present()) return false;
    const bool is_group_frame = ethernet_.destination.is_group();
    if (destination == ipv6.address) return !is_group_frame;
    const IpAddress link_local = addresses_.link_local();
    if (destination == link_local) return !is_group_frame;
    return destination == all_nodes_group() || destination == solicited_node_group(ipv6.address) ||
           destination == solicited_node_group(link_local);
  }

  // The unspecified address asks whether an address is taken (RFC 4862 section 5.4.2), nothing
  // else.
  bool is_ipv6_source_acceptable(const Ipv6Header& ip) const {
    if (ip.source == IpAddress{})
      return ip.next_header == kProtocolIcmpv6 &&
             ip.destination == solicited_node_group(ip.destination);
    return !is_martian_ipv6_source(ip.source, addresses_);
  }

  // Who has an address of ours, too, says so from there (RFC 4862 section 5.4.4).
  bool is_claim_to_ours(const Ipv6Header& ip) const {
    const bool is_ours =
        ip.source == addresses_.ipv6.address || ip.source == addresses_.link_local();
    return is_ours && ip.next_header == kProtocolIcmpv6 && ip.payload_bytes > 0 &&
           payload()[ip.header_bytes] == kIcmpv6NeighborAdvertisement;
  }

  void take_addresses(const IpAddress& source, const IpAddress& destination,
                      std::uint8_t hop_limit) {
    verdict_.path.remote.ip = source;
    verdict_.path.local.ip = destination;
    verdict_.hop_limit = hop_limit;
  }

  void parse_udp(std::size_t offset, std::size_t bytes) {
    UdpHeader udp;
    const UdpParseContext context{verdict_.path.remote.ip, verdict_.path.local.ip,
                                  options_.udp_checksum_known_good};
    const DropReason reason = parse_udp_header(frame_.subspan(offset, bytes), context, udp);
    if (reason != DropReason::kNone) return drop(reason);
    // Nobody can be answered at port zero.
    if (udp.source_port == 0) return drop(DropReason::kIpMartianSource);
    verdict_.path.remote.port = udp.source_port;
    verdict_.path.local.port = udp.destination_port;
    return accept(FrameKind::kUdp, offset + kUdpHeaderBytes, udp.payload_bytes);
  }

  std::span<const std::uint8_t> frame_;
  const InterfaceAddresses& addresses_;
  const ParseOptions& options_;
  EthernetHeader ethernet_;
  FrameVerdict& verdict_;
};

}  // namespace

FrameVerdict parse_frame(std::span<const std::uint8_t> frame, const InterfaceAddresses& addresses,
                         const ParseOptions& options) {
  FrameVerdict verdict;
  FrameParser(frame, addresses, options, verdict).parse();
  return verdict;
}

}  // namespace penstock
