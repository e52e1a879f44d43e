// An IPv4 or IPv6 address with or without a UDP port, as a value without pointers: it can be a hash
// key, sit in a ring entry, be compared bytewise. IPv4 is kept in its v4-mapped form, so that one
// layout serves both and
// "::ffff:a.b.c.d" can never pass for a different host than "a.b.c.d".
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <expected>
#include <string>
#include <string_view>

namespace penstock {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  static IpAddress from_v4(std::array<std::uint8_t, 4> v4) {
    IpAddress address;
    address.bytes[10] = address.bytes[11] = 0xFF;
    std::memcpy(&address.bytes[12], v4.data(), 4);
    return address;
  }
  static IpAddress from_v4_bytes(const std::uint8_t* v4) {
    return from_v4({v4[0], v4[1], v4[2], v4[3]});
  }
  static IpAddress from_v6_bytes(const std::uint8_t* v6) {
    IpAddress address;
    std::memcpy(address.bytes.data(), v6, 16);
    return address;
  }

  bool is_v4() const {
    static constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0,    0,
                                                             0, 0, 0, 0, 0xFF, 0xFF};
    return std::memcmp(bytes.data(), kMapped.data(), kMapped.size()) == 0;
  }
  // The four bytes of an IPv4 address; meaningful only if is_v4().
  const std::uint8_t* v4_bytes() const { return &bytes[12]; }
  bool is_loopback() const {
    static constexpr std::array<std::uint8_t, 16> kV6 = {0, 0, 0, 0, 0, 0, 0, 0,
                                                         0, 0, 0, 0, 0, 0, 0, 1};
    return is_v4() ? v4_bytes()[0] == 127 : bytes == kV6;
  }
  bool is_multicast() const {
    return is_v4() ? v4_bytes()[0] >= 224 && v4_bytes()[0] < 240 : bytes[0] == 0xFF;
  }
  bool is_unspecified() const { return *this == IpAddress{} || *this == from_v4({0, 0, 0, 0}); }

  auto operator<=>(const IpAddress&) const = default;
  // As two words: compilers make a call of the comparison of sixteen bytes.
  constexpr bool operator==(const IpAddress& other) const {
    using Words = std::array<std::uint64_t, 2>;
    const auto a = std::bit_cast<Words>(bytes);
    const auto b = std::bit_cast<Words>(other.bytes);
    return ((a[0] ^ b[0]) | (a[1] ^ b[1])) == 0;
  }
};

struct SocketAddress {
  IpAddress ip;
  std::uint16_t port = 0;  // host byte order

  auto operator<=>(const SocketAddress&) const = default;
};

// Whether the first `bits` are the same, of the family's own: 0..32 or 0..128. Addresses of
// different families have nothing in common.
bool share_prefix(const IpAddress& one, const IpAddress& other, unsigned bits);

// Parses dotted IPv4 or RFC 4291 IPv6 text (no zone, no brackets). The error says what was
// expected.
std::expected<IpAddress, std::string> parse_ip_address(std::string_view text);

// "192.0.2.1" or RFC 5952 IPv6 text.
std::string to_string(const IpAddress& address);
// "192.0.2.1:5000" or "[2001:db8::1]:5000".
std::string to_string(const SocketAddress& address);

}  // namespace penstock
