#include "bench/bridge/frame_filter.h"

#include "dataplane/base/byte_reader.h"
#include "dataplane/net/ethernet.h"
#include "dataplane/net/ipv4.h"
#include "dataplane/net/ipv6.h"

namespace penstock::bridge {
namespace {

constexpr std::uint8_t kIpv6Fragment = 44;  // RFC 8200 section 4.5

// What the bridge passes on is not judged, only recognized: the receiver drops what is malformed.
bool is_udp(std::span<const std::uint8_t> frame) {
  ByteReader reader(frame);
  reader.skip(12);  // the MAC addresses
  std::uint16_t ether_type = reader.read_u16();
  if (ether_type == kEtherTypeVlan) {
    reader.skip(2);
    ether_type = reader.read_u16();
  }
  const std::span<const std::uint8_t> packet = reader.rest();
  if (ether_type == kEtherTypeIpv4 && packet.size() >= kIpv4HeaderBytes) {
    return packet[9] == kProtocolUdp;
  }
  if (ether_type == kEtherTypeIpv6 && packet.size() > kIpv6HeaderBytes) {
    const bool is_fragment = packet[6] == kIpv6Fragment;
    return (is_fragment ? packet[kIpv6HeaderBytes] : packet[6]) == kProtocolUdp;
  }
  return false;
}

}  // namespace

bool FrameFilter::matches(std::span<const std::uint8_t> frame) const {
  return frame.size() > larger_than_bytes && (takes_all || is_udp(frame));
}

}  // namespace penstock::bridge
