#include "dataplane/net/interface_address.h"

#include "dataplane/base/endian.h"

namespace penstock {
namespace {

// Where an IPv4 address starts in its v4-mapped form, in bits.
constexpr unsigned kMappedPrefixBits = 96;

unsigned mapped_prefix_bits(const InterfaceNetwork& network) {
  return network.prefix_bits + (network.address.is_v4() ? kMappedPrefixBits : 0U);
}

}  // namespace

IpAddress InterfaceAddresses::link_local() const {
  IpAddress address;
  const auto& m = mac.bytes;
  address.bytes = {0xFE, 0x80, 0,    0,    0,    0,    0,   0, static_cast<std::uint8_t>(m[0] ^ 2U),
                   m[1], m[2], 0xFF, 0xFE, m[3], m[4], m[5]};
  return address;
}

bool is_on_link(const InterfaceNetwork& network, const IpAddress& peer) {
  if (!network.is_present() || network.address.is_v4() != peer.is_v4()) return false;
  const unsigned bits = mapped_prefix_bits(network);
  const unsigned whole_bytes = bits / 8;
  if (std::memcmp(network.address.bytes.data(), peer.bytes.data(), whole_bytes) != 0) return false;
  const unsigned rest = bits % 8;
  if (rest == 0) return true;
  const auto difference = network.address.bytes[whole_bytes] ^ peer.bytes[whole_bytes];
  return (static_cast<unsigned>(difference) >> (8 - rest)) == 0;
}

IpAddress directed_broadcast(const InterfaceNetwork& ipv4) {
  if (!ipv4.is_present() || !ipv4.address.is_v4() || ipv4.prefix_bits >= 31) return {};
  const std::uint32_t host_bits = 0xFFFFFFFFU >> ipv4.prefix_bits;
  IpAddress broadcast = ipv4.address;
  store_be32(&broadcast.bytes[12], load_be32(ipv4.address.v4_bytes()) | host_bits);
  return broadcast;
}

}  // namespace penstock
