// Frames for the tests of dataplane/net: a valid one of each kind to start from, bytes to change,
// and checksums to make right again. The checksum is a naive one of its own, so that an error in
// the library's cannot hide itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "dataplane/base/endian.h"
#include "dataplane/net/interface_address.h"
#include "dataplane/net/mac_address.h"

namespace penstock::test {

inline constexpr std::size_t kIp = 14;     // where the IP header starts
inline constexpr std::size_t kUdp4 = 34;   // where UDP or ICMP starts behind IPv4
inline constexpr std::size_t kUdp6 = 54;   // and behind IPv6
inline constexpr std::size_t kData4 = 42;  // the UDP payload over IPv4
inline constexpr std::size_t kData6 = 62;  // and over IPv6

inline constexpr MacAddress kOurMac{{0x02, 0, 0, 0, 0, 0x02}};
inline constexpr MacAddress kPeerMac{{0x02, 0, 0, 0, 0, 0x01}};
inline constexpr MacAddress kOtherMac{{0x02, 0, 0, 0, 0, 0x77}};

inline IpAddress ip(std::string_view text) { return parse_ip_address(text).value(); }

// The port under test: 198.18.0.2/24 and fd00::2/64, with gateways.
inline InterfaceAddresses our_addresses() {
  InterfaceAddresses addresses;
  addresses.mac = kOurMac;
  addresses.ipv4 = {ip("198.18.0.2"), ip("198.18.0.1"), 24};
  addresses.ipv6 = {ip("fd00::2"), ip("fd00::1"), 64};
  return addresses;
}

inline std::uint32_t naive_sum(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint32_t word = (i % 2 == 0) ? std::uint32_t{bytes[i]} << 8 : bytes[i];
    sum += word;
    while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  }
  return sum;
}

inline std::uint16_t naive_checksum(std::uint32_t sum) {
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

class TestFrame {
 public:
  explicit TestFrame(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

  // A datagram of `payload_bytes` from 203.0.113.7:5000 to our port 4000.
  static TestFrame udp4(std::size_t payload_bytes = 20);
  // A datagram of `payload_bytes` from 2001:db8::7, port 5000, to our port 4000.
  static TestFrame udp6(std::size_t payload_bytes = 20);
  // An ARP request for our address from the gateway.
  static TestFrame arp_request();
  // The gateway's ARP reply to us.
  static TestFrame arp_reply();
  // A ping with `payload_bytes` of data.
  static TestFrame ping4(std::size_t payload_bytes = 32);
  static TestFrame ping6(std::size_t payload_bytes = 32);
  // A solicitation for our address from fd00::1, with its link-layer address.
  static TestFrame neighbor_solicitation();
  // The solicited advertisement of fd00::1 to us.
  static TestFrame neighbor_advertisement();

  // Changes; the offset is from the start of the frame. Checksums stay as they were.
  TestFrame& u8(std::size_t at, unsigned value);
  TestFrame& u16(std::size_t at, unsigned value);
  TestFrame& flip(std::size_t at, unsigned mask);
  TestFrame& mac(std::size_t at, const MacAddress& mac);
  TestFrame& destination_mac(const MacAddress& value) { return mac(0, value); }
  TestFrame& source_mac(const MacAddress& value) { return mac(6, value); }
  // Sets the addresses of the IP header (its version says where they are).
  TestFrame& source(std::string_view text) { return address(is_ipv6() ? 22 : 26, text); }
  TestFrame& destination(std::string_view text) { return address(is_ipv6() ? 38 : 30, text); }
  TestFrame& address(std::size_t at, std::string_view text);
  TestFrame& truncate(std::size_t bytes);
  TestFrame& append(std::size_t count, unsigned value = 0);
  TestFrame& insert(std::size_t at, std::initializer_list<std::uint8_t> bytes);
  TestFrame& erase(std::size_t at, std::size_t count);

  // Makes length fields say what the frame holds, and checksums right, from the IP header down.
  TestFrame& fix_lengths();
  TestFrame& fix_checksums();
  TestFrame& fix() { return fix_lengths().fix_checksums(); }

  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  bool is_ipv6() const { return bytes_[12] == 0x86; }
  std::size_t transport() const { return is_ipv6() ? kUdp6 : kUdp4; }
  std::uint8_t protocol() const { return bytes_[is_ipv6() ? 20 : 23]; }

  std::vector<std::uint8_t> bytes_;
};

}  // namespace penstock::test
