#include "dataplane/net/arp.h"

#include "dataplane/base/byte_reader.h"
#include "dataplane/base/byte_writer.h"

namespace penstock {
namespace {

constexpr std::uint16_t kHardwareEthernet = 1;

// 127/8, 224/4 and above can be nobody's address on a link.
bool is_plausible_sender(const IpAddress& ip) {
  const std::uint8_t first = ip.v4_bytes()[0];
  return ip.is_unspecified() || (first != 0 && first != 127 && first < 224);
}

}  // namespace

DropReason parse_arp(std::span<const std::uint8_t> payload, ArpPacket& packet) {
  if (payload.size() < kArpBytes) return DropReason::kArpInvalid;
  ByteReader reader(payload.first(kArpBytes));
  const bool is_ethernet_ipv4 = reader.read_u16() == kHardwareEthernet &&
                                reader.read_u16() == kEtherTypeIpv4 && reader.read_u8() == 6 &&
                                reader.read_u8() == 4;
  if (!is_ethernet_ipv4) return DropReason::kArpInvalid;
  const std::uint16_t operation = reader.read_u16();
  if (operation != 1 && operation != 2) return DropReason::kArpInvalid;
  packet.operation = static_cast<ArpOperation>(operation);
  packet.sender_mac = MacAddress::from_bytes(reader.read_bytes(6).data());
  packet.sender_ip = IpAddress::from_v4_bytes(reader.read_bytes(4).data());
  packet.target_mac = MacAddress::from_bytes(reader.read_bytes(6).data());
  packet.target_ip = IpAddress::from_v4_bytes(reader.read_bytes(4).data());
  if (packet.sender_mac.is_group() || packet.sender_mac.is_zero()) return DropReason::kArpInvalid;
  return is_plausible_sender(packet.sender_ip) ? DropReason::kNone : DropReason::kArpInvalid;
}

void write_arp_frame(std::uint8_t* frame, const MacAddress& destination, const ArpPacket& packet) {
  write_ethernet_header(frame, {destination, packet.sender_mac, kEtherTypeArp});
  ByteWriter writer({frame + kEthernetHeaderBytes, kArpBytes});
  writer.write_u16(kHardwareEthernet);
  writer.write_u16(kEtherTypeIpv4);
  writer.write_u8(6);
  writer.write_u8(4);
  writer.write_u16(static_cast<std::uint16_t>(packet.operation));
  writer.write_bytes(packet.sender_mac.bytes);
  writer.write_bytes({packet.sender_ip.v4_bytes(), 4});
  writer.write_bytes(packet.target_mac.bytes);
  writer.write_bytes({packet.target_ip.v4_bytes(), 4});
}

}  // namespace penstock
