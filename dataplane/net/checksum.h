// The Internet checksum (RFC 1071), for IPv4, UDP, ICMP and ICMPv6. Stateless; usable from any
// thread. A sum is an ordinary integer holding network-order 16-bit words already converted to host
// order: sums of parts may be added, as long as each part but the last has an even length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/ip_address.h"

namespace penstock {

// Adds carries back until 16 bits are left.
constexpr std::uint16_t fold_checksum(std::uint64_t sum) {
  sum = (sum >> 32) + (sum & 0xFFFFFFFFU);
  sum = (sum >> 16) + (sum & 0xFFFFU);
  sum = (sum >> 16) + (sum & 0xFFFFU);
  sum = (sum >> 16) + (sum & 0xFFFFU);
  return static_cast<std::uint16_t>(sum);
}

// The ones'-complement sum of the bytes, at most 0xFFFF; an odd last byte counts as if a zero
// followed it.
std::uint32_t ones_complement_sum(std::span<const std::uint8_t> bytes);

// The checksum of the bytes: the complement of their sum. Zero over bytes that hold their own right
// checksum.
std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes);

// The sum of the pseudo header of UDP, TCP and ICMPv6 (RFC 768; RFC 8200 section 8.1). Both
// addresses are of the same family.
std::uint64_t pseudo_header_sum(const IpAddress& source, const IpAddress& destination,
                                std::uint8_t protocol, std::uint32_t upper_layer_bytes);

}  // namespace penstock
