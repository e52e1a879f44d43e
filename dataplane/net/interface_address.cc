#include "dataplane/net/interface_address.h"

#include "dataplane/base/endian.h"

namespace penstock {

IpAddress InterfaceAddresses::link_local() const {
  IpAddress address;
  const auto& m = mac.bytes;
  address.bytes = {0xFE, 0x80, 0,    0,    0,    0,    0,   0, static_cast<std::uint8_t>(m[0] ^ 2U),
                   m[1], m[2], 0xFF, 0xFE, m[3], m[4], m[5]};
  return address;
}

bool is_on_link(const InterfaceNetwork& network, const IpAddress& peer) {
  return network.is_present() && share_prefix(network.address, peer, network.prefix_bits);
}

IpAddress directed_broadcast(const InterfaceNetwork& ipv4) {
  if (!ipv4.is_present() || !ipv4.address.is_v4() || ipv4.prefix_bits >= 31) return {};
  const std::uint32_t host_bits = 0xFFFFFFFFU >> ipv4.prefix_bits;
  IpAddress broadcast = ipv4.address;
  store_be32(&broadcast.bytes[12], load_be32(ipv4.address.v4_bytes()) | host_bits);
  return broadcast;
}

}  // namespace penstock
