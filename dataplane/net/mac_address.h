// An IEEE 802 MAC address as a value: usable in a ring entry, comparable bytewise. Owned by nobody,
// usable from any thread. IPv6 group addresses: RFC 2464 section 7.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>

#include "dataplane/base/endian.h"
#include "dataplane/base/ip_address.h"

namespace penstock {

struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};

  static MacAddress from_bytes(const std::uint8_t* from) {
    MacAddress mac;
    std::memcpy(mac.bytes.data(), from, 6);
    return mac;
  }
  // As one word, so that it may be stored and loaded whole.
  static MacAddress from_word(std::uint64_t word) {
    std::array<std::uint8_t, 8> bytes;
    store_be64(bytes.data(), word);
    return from_bytes(&bytes[2]);
  }
  std::uint64_t word() const {
    std::array<std::uint8_t, 8> all{};
    std::memcpy(&all[2], bytes.data(), 6);
    return load_be64(all.data());
  }
  // The group address that carries an IPv4 multicast destination (RFC 1112 section 6.4).
  static MacAddress for_ipv4_multicast(const IpAddress& group) {
    const std::uint8_t* ip = group.v4_bytes();
    return {{0x01, 0x00, 0x5E, static_cast<std::uint8_t>(ip[1] & 0x7F), ip[2], ip[3]}};
  }
  // The group address that carries an IPv6 multicast destination: 33:33 and its last four bytes.
  static MacAddress for_ipv6_multicast(const IpAddress& group) {
    return {{0x33, 0x33, group.bytes[12], group.bytes[13], group.bytes[14], group.bytes[15]}};
  }

  // True for multicast and broadcast: never a valid source.
  bool is_group() const { return (bytes[0] & 1U) != 0; }
  bool is_zero() const { return *this == MacAddress{}; }

  auto operator<=>(const MacAddress&) const = default;
  // Inline, where the default would be a call.
  bool operator==(const MacAddress& other) const {
    return std::memcmp(bytes.data(), other.bytes.data(), 6) == 0;
  }
};

// "02:00:00:00:00:01"
std::string to_string(const MacAddress& mac);

inline constexpr MacAddress kBroadcastMac{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}};

}  // namespace penstock
