#include "dataplane/net/ip_fragment.h"

#include "dataplane/base/endian.h"
#include "dataplane/net/ethernet.h"
#include "dataplane/net/ipv4.h"
#include "dataplane/net/ipv6.h"

namespace penstock {
namespace {

constexpr std::uint16_t kMoreFragments4 = 0x2000;
constexpr std::uint16_t kOffsetMask4 = 0x1FFF;
constexpr std::size_t kFragmentHeaderBytes = 8;
constexpr std::uint16_t kMoreFragments6 = 0x0001;
constexpr std::uint16_t kOffsetMask6 = 0xFFF8;
constexpr std::size_t kIpPayloadBytesMax = 65'535;

// RFC 8200 section 4.5 says it of IPv6; what breaks it in IPv4 could not be put together either.
DropReason check_extent(const IpFragment& fragment) {
  const bool is_ragged = fragment.has_more && fragment.data.size() % 8 != 0;
  if (fragment.data.empty() || is_ragged ||
      fragment.offset + fragment.data.size() > kIpPayloadBytesMax) {
    return DropReason::kFragmentInvalid;
  }
  return DropReason::kNone;
}

DropReason parse_ipv4(std::span<const std::uint8_t> packet, const InterfaceAddresses& addresses,
                      const ParseOptions& options, IpFragment& fragment) {
  Ipv4Header ip;
  const DropReason reason = parse_ipv4_header(packet, options.ipv4_checksum_known_good, ip);
  if (reason != DropReason::kNone && reason != DropReason::kIpFragment) return reason;
  const bool is_ours = addresses.ipv4.is_present() && ip.destination == addresses.ipv4.address;
  if (!is_ours || ip.protocol != kProtocolUdp || is_martian_ipv4_source(ip.source, addresses.ipv4))
    return DropReason::kIpFragment;
  const std::uint16_t flags_and_offset = load_be16(&packet[6]);
  fragment.source = ip.source;
  fragment.destination = ip.destination;
  fragment.identification = load_be16(&packet[4]);
  fragment.offset = std::uint32_t{8} * (flags_and_offset & kOffsetMask4);
  fragment.has_more = (flags_and_offset & kMoreFragments4) != 0;
  fragment.data = packet.subspan(ip.header_bytes, ip.payload_bytes);
  return check_extent(fragment);
}

DropReason parse_ipv6(std::span<const std::uint8_t> packet, const InterfaceAddresses& addresses,
                      IpFragment& fragment) {
  Ipv6Header ip;
  const DropReason reason = parse_ipv6_header(packet, ip);
  if (reason == DropReason::kNone) return DropReason::kIpFragment;
  if (reason != DropReason::kIpFragment) return reason;
  const std::uint8_t* header = &packet[ip.header_bytes];
  const bool is_ours = addresses.ipv6.is_present() && ip.destination == addresses.ipv6.address;
  if (header[0] != kProtocolUdp || !is_ours || ip.source == IpAddress{} ||
      is_martian_ipv6_source(ip.source, addresses)) {
    return DropReason::kIpFragment;
  }
  const std::uint16_t offset_and_flags = load_be16(header + 2);
  fragment.source = ip.source;
  fragment.destination = ip.destination;
  fragment.identification = load_be32(header + 4);
  fragment.offset = offset_and_flags & kOffsetMask6;
  fragment.has_more = (offset_and_flags & kMoreFragments6) != 0;
  fragment.data = packet.subspan(ip.header_bytes + kFragmentHeaderBytes,
                                 ip.payload_bytes - kFragmentHeaderBytes);
  return check_extent(fragment);
}

}  // namespace

DropReason parse_ip_fragment(std::span<const std::uint8_t> frame,
                             const InterfaceAddresses& addresses, const ParseOptions& options,
                             IpFragment& fragment) {
  EthernetHeader ethernet;
  const DropReason reason = parse_ethernet_header(frame, addresses.vlan_id, ethernet);
  if (reason != DropReason::kNone) return reason;
  if (ethernet.destination != addresses.mac) return DropReason::kEthernetNotForUs;
  fragment.remote_mac = ethernet.source;
  const auto packet = frame.subspan(ethernet.header_bytes);
  if (ethernet.ether_type == kEtherTypeIpv4)
    return parse_ipv4(packet, addresses, options, fragment);
  if (ethernet.ether_type == kEtherTypeIpv6) return parse_ipv6(packet, addresses, fragment);
  return DropReason::kEtherTypeUnknown;
}

}  // namespace penstock
