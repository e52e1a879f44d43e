#include "dataplane/net/ndp.h"

#include "dataplane/base/byte_reader.h"
#include "dataplane/base/byte_writer.h"
#include "dataplane/net/icmp.h"
#include "dataplane/net/ipv4.h"

namespace penstock {
namespace {

constexpr std::uint8_t kOptionSourceLinkLayerAddress = 1;
constexpr std::uint8_t kOptionTargetLinkLayerAddress = 2;
constexpr std::uint8_t kFlagRouter = 0x80;
constexpr std::uint8_t kFlagSolicited = 0x40;
constexpr std::uint8_t kFlagOverride = 0x20;

std::uint8_t link_layer_option_of(const NeighborMessage& message) {
  return message.is_solicitation ? kOptionSourceLinkLayerAddress : kOptionTargetLinkLayerAddress;
}

// Walks all options, as a length of zero or beyond the end makes the whole message invalid. A link
// layer address must be one that a station can have, as frames will be sent to it.
bool parse_options(ByteReader& reader, NeighborMessage& parsed) {
  while (reader.remaining() > 0) {
    const std::uint8_t type = reader.read_u8();
    const std::size_t option_bytes = std::size_t{reader.read_u8()} * 8;
    if (option_bytes == 0) return false;
    const auto value = reader.read_bytes(option_bytes - 2);
    if (!reader.ok()) return false;
    if (type != link_layer_option_of(parsed)) continue;
    parsed.link_layer_address = MacAddress::from_bytes(value.data());
    parsed.has_link_layer_address = true;
    if (option_bytes != 8 || parsed.link_layer_address.is_group() ||
        parsed.link_layer_address.is_zero())
      return false;
  }
  return reader.ok();
}

bool is_solicited_node_group(const IpAddress& address) {
  return address == solicited_node_group(address);
}

bool is_consistent(const NeighborMessage& message, const Ipv6Header& ip) {
  if (is_ipv6_multicast(message.target)) return false;
  if (!message.is_solicitation) return !message.solicited || !is_ipv6_multicast(ip.destination);
  if (!ip.source.is_unspecified()) return true;
  return !message.has_link_layer_address && is_solicited_node_group(ip.destination);
}

}  // namespace

DropReason parse_neighbor_message(std::span<const std::uint8_t> message, const Ipv6Header& ip,
                                  NeighborMessage& parsed) {
  ByteReader reader(message);
  const std::uint8_t type = reader.read_u8();
  const std::uint8_t code = reader.read_u8();
  reader.skip(2);  // the checksum, already verified
  const std::uint8_t flags = reader.read_u8();
  reader.skip(3);
  const auto target = reader.read_bytes(16);
  if (!reader.ok() || code != 0 || ip.hop_limit != kNeighborHopLimit)
    return DropReason::kNdpInvalid;
  if (type != kIcmpv6NeighborSolicitation && type != kIcmpv6NeighborAdvertisement)
    return DropReason::kNdpInvalid;
  parsed = {};
  parsed.is_solicitation = type == kIcmpv6NeighborSolicitation;
  parsed.target = IpAddress::from_v6_bytes(target.data());
  if (!parsed.is_solicitation) {
    parsed.router = (flags & kFlagRouter) != 0;
    parsed.solicited = (flags & kFlagSolicited) != 0;
    parsed.override_flag = (flags & kFlagOverride) != 0;
  }
  if (!parse_options(reader, parsed) || !is_consistent(parsed, ip)) return DropReason::kNdpInvalid;
  return DropReason::kNone;
}

void write_neighbor_frame(std::uint8_t* frame, const NeighborFrame& addresses,
                          const NeighborMessage& message) {
  write_ethernet_header(frame, {addresses.destination_mac, addresses.source_mac, kEtherTypeIpv6});
  write_ipv6_header(frame + kEthernetHeaderBytes,
                    {addresses.source, addresses.destination, kProtocolIcmpv6, kNeighborHopLimit,
                     static_cast<std::uint16_t>(kNeighborMessageBytes)});
  const std::span<std::uint8_t> icmp(frame + kEthernetHeaderBytes + kIpv6HeaderBytes,
                                     kNeighborMessageBytes);
  ByteWriter writer(icmp);
  writer.write_u8(message.is_solicitation ? kIcmpv6NeighborSolicitation
                                          : kIcmpv6NeighborAdvertisement);
  writer.write_zeros(3);
  const unsigned flags = (message.router ? kFlagRouter : 0U) |
                         (message.solicited ? kFlagSolicited : 0U) |
                         (message.override_flag ? kFlagOverride : 0U);
  writer.write_u8(static_cast<std::uint8_t>(flags));
  writer.write_zeros(3);
  writer.write_bytes(message.target.bytes);
  writer.write_u8(link_layer_option_of(message));
  writer.write_u8(1);  // in units of eight bytes
  writer.write_bytes(message.link_layer_address.bytes);
  store_icmpv6_checksum(icmp, addresses.source, addresses.destination);
}

void write_duplicate_detection_frame(std::uint8_t* frame, const MacAddress& source_mac,
                                     const IpAddress& target) {
  const IpAddress group = solicited_node_group(target);
  constexpr std::size_t kHeadersBytes = kEthernetHeaderBytes + kIpv6HeaderBytes;
  constexpr std::size_t kMessageBytes = kDuplicateDetectionFrameBytes - kHeadersBytes;
  write_ethernet_header(frame, {MacAddress::for_ipv6_multicast(group), source_mac, kEtherTypeIpv6});
  write_ipv6_header(frame + kEthernetHeaderBytes,
                    {IpAddress{}, group, kProtocolIcmpv6, kNeighborHopLimit,
                     static_cast<std::uint16_t>(kMessageBytes)});
  const std::span<std::uint8_t> icmp(frame + kHeadersBytes, kMessageBytes);
  ByteWriter writer(icmp);
  writer.write_u8(kIcmpv6NeighborSolicitation);
  writer.write_zeros(7);
  writer.write_bytes(target.bytes);
  store_icmpv6_checksum(icmp, IpAddress{}, group);
}

}  // namespace penstock
