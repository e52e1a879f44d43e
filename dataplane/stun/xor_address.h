// The obfuscation of XOR-MAPPED-ADDRESS (RFC 8489 section 14.2): the address is XORed with the
// magic cookie and the transaction id, the port with the cookie's upper half. Its own inverse.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "dataplane/base/endian.h"
#include "dataplane/stun/message.h"

namespace penstock::stun {

inline constexpr std::uint8_t kAddressFamilyIpv4 = 1;
inline constexpr std::uint8_t kAddressFamilyIpv6 = 2;

// XORs up to 16 bytes of an address in place.
inline void xor_address(std::span<std::uint8_t> address, const TransactionId& transaction_id) {
  std::array<std::uint8_t, 16> mask;
  store_be32(mask.data(), kMagicCookie);
  std::memcpy(&mask[4], transaction_id.data(), transaction_id.size());
  for (std::size_t i = 0; i < address.size() && i < mask.size(); ++i)
    address[i] = static_cast<std::uint8_t>(address[i] ^ mask[i]);
}

inline std::uint16_t xor_port(std::uint16_t port) {
  return static_cast<std::uint16_t>(port ^ (kMagicCookie >> 16));
}

}  // namespace penstock::stun
