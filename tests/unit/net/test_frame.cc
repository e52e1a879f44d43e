#include "tests/unit/net/test_frame.h"

#include <algorithm>
#include <utility>

namespace penstock::test {
namespace {

// An Ethernet header to us and an empty IP header of the family; lengths and checksums to be fixed.
std::vector<std::uint8_t> headers(bool is_ipv6, std::uint8_t protocol) {
  std::vector<std::uint8_t> bytes(is_ipv6 ? kUdp6 : kUdp4, 0);
  std::copy_n(kOurMac.bytes.begin(), 6, bytes.begin());
  std::copy_n(kPeerMac.bytes.begin(), 6, bytes.begin() + 6);
  store_be16(&bytes[12], is_ipv6 ? 0x86DD : 0x0800);
  if (is_ipv6) {
    bytes[kIp] = 0x60;
    bytes[kIp + 6] = protocol;
    bytes[kIp + 7] = 61;
  } else {
    bytes[kIp] = 0x45;
    bytes[kIp + 8] = 61;
    bytes[kIp + 9] = protocol;
  }
  return bytes;
}

TestFrame from_client(bool is_ipv6, std::uint8_t protocol, std::size_t transport_bytes) {
  TestFrame frame(headers(is_ipv6, protocol));
  frame.source(is_ipv6 ? "2001:db8::7" : "203.0.113.7");
  frame.destination(is_ipv6 ? "fd00::2" : "198.18.0.2");
  const std::size_t start = frame.size();
  frame.append(transport_bytes);
  for (std::size_t i = 8; i < transport_bytes; ++i)
    frame.u8(start + i, static_cast<unsigned>(i * 7) & 0xFFU);
  return frame;
}

TestFrame arp(std::uint8_t operation) {
  TestFrame frame(std::vector<std::uint8_t>(42, 0));
  frame.destination_mac(operation == 1 ? MacAddress{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}} : kOurMac)
      .source_mac(kPeerMac)
      .u16(12, 0x0806);
  frame.u16(14, 1).u16(16, 0x0800).u8(18, 6).u8(19, 4).u16(20, operation);
  frame.mac(22, kPeerMac).address(28, "198.18.0.1");
  if (operation == 2) frame.mac(32, kOurMac);
  return frame.address(38, "198.18.0.2");
}

}  // namespace

TestFrame TestFrame::udp4(std::size_t payload_bytes) {
  TestFrame frame = from_client(false, 17, 8 + payload_bytes);
  return frame.u16(kUdp4, 5000).u16(kUdp4 + 2, 4000).fix();
}

TestFrame TestFrame::udp6(std::size_t payload_bytes) {
  TestFrame frame = from_client(true, 17, 8 + payload_bytes);
  return frame.u16(kUdp6, 5000).u16(kUdp6 + 2, 4000).fix();
}

TestFrame TestFrame::arp_request() { return arp(1); }
TestFrame TestFrame::arp_reply() { return arp(2); }

TestFrame TestFrame::ping4(std::size_t payload_bytes) {
  TestFrame frame = from_client(false, 1, 8 + payload_bytes);
  return frame.u8(kUdp4, 8).u16(kUdp4 + 4, 0x1234).u16(kUdp4 + 6, 1).fix();
}

TestFrame TestFrame::ping6(std::size_t payload_bytes) {
  TestFrame frame = from_client(true, 58, 8 + payload_bytes);
  return frame.u8(kUdp6, 128).u16(kUdp6 + 4, 0x1234).u16(kUdp6 + 6, 1).fix();
}

TestFrame TestFrame::neighbor_solicitation() {
  TestFrame frame(headers(true, 58));
  frame.destination_mac({{0x33, 0x33, 0xFF, 0, 0, 2}}).u8(kIp + 7, 255);
  frame.source("fd00::1").destination("ff02::1:ff00:2").append(32);
  frame.u8(kUdp6, 135).address(kUdp6 + 8, "fd00::2").u8(kUdp6 + 24, 1).u8(kUdp6 + 25, 1);
  return frame.mac(kUdp6 + 26, kPeerMac).fix();
}

TestFrame TestFrame::neighbor_advertisement() {
  TestFrame frame(headers(true, 58));
  frame.u8(kIp + 7, 255).source("fd00::1").destination("fd00::2").append(32);
  frame.u8(kUdp6, 136).u8(kUdp6 + 4, 0x60).address(kUdp6 + 8, "fd00::1");
  return frame.u8(kUdp6 + 24, 2).u8(kUdp6 + 25, 1).mac(kUdp6 + 26, kPeerMac).fix();
}

TestFrame& TestFrame::u8(std::size_t at, unsigned value) {
  bytes_.at(at) = static_cast<std::uint8_t>(value);
  return *this;
}

TestFrame& TestFrame::u16(std::size_t at, unsigned value) {
  return u8(at, value >> 8).u8(at + 1, value & 0xFFU);
}

TestFrame& TestFrame::flip(std::size_t at, unsigned mask) { return u8(at, bytes_.at(at) ^ mask); }

TestFrame& TestFrame::mac(std::size_t at, const MacAddress& mac) {
  for (std::size_t i = 0; i < 6; ++i) u8(at + i, mac.bytes[i]);
  return *this;
}

TestFrame& TestFrame::address(std::size_t at, std::string_view text) {
  const IpAddress address = ip(text);
  const bool is_v4_text = text.find(':') == std::string_view::npos;
  for (std::size_t i = is_v4_text ? 12 : 0; i < 16; ++i) u8(at++, address.bytes[i]);
  return *this;
}

TestFrame& TestFrame::truncate(std::size_t bytes) {
  bytes_.resize(bytes);
  return *this;
}

TestFrame& TestFrame::append(std::size_t count, unsigned value) {
  bytes_.insert(bytes_.end(), count, static_cast<std::uint8_t>(value));
  return *this;
}

TestFrame& TestFrame::insert(std::size_t at, std::initializer_list<std::uint8_t> bytes) {
  bytes_.insert(bytes_.begin() + static_cast<std::ptrdiff_t>(at), bytes);
  return *this;
}

TestFrame& TestFrame::erase(std::size_t at, std::size_t count) {
  const auto first = bytes_.begin() + static_cast<std::ptrdiff_t>(at);
  bytes_.erase(first, first + static_cast<std::ptrdiff_t>(count));
  return *this;
}

TestFrame& TestFrame::fix_lengths() {
  if (is_ipv6()) {
    u16(kIp + 4, static_cast<unsigned>(size() - kUdp6));
  } else {
    u16(kIp + 2, static_cast<unsigned>(size() - kIp));
  }
  if (protocol() == 17) u16(transport() + 4, static_cast<unsigned>(size() - transport()));
  return *this;
}

TestFrame& TestFrame::fix_checksums() {
  const std::span<const std::uint8_t> all(bytes_);
  if (!is_ipv6()) {
    u16(kIp + 10, 0);
    u16(kIp + 10, naive_checksum(naive_sum(all.subspan(kIp, 20))));
  }
  // The length that counts is the header's: a frame may have padding.
  const std::size_t start = transport();
  const std::size_t ip_bytes =
      is_ipv6() ? load_be16(&bytes_[kIp + 4]) : load_be16(&bytes_[kIp + 2]) - 20U;
  const std::size_t checksum_at = start + (protocol() == 17 ? 6U : 2U);
  if (checksum_at + 2 > size() || start + ip_bytes > size()) return *this;
  u16(checksum_at, 0);
  std::uint32_t sum = 0;
  std::size_t covered = ip_bytes;
  if (protocol() == 17) covered = std::min<std::size_t>(load_be16(&bytes_[start + 4]), ip_bytes);
  if (protocol() == 17 || protocol() == 58) {
    const auto addresses = is_ipv6() ? all.subspan(22, 32) : all.subspan(26, 8);
    sum = naive_sum(addresses) + protocol() + static_cast<std::uint32_t>(covered);
  }
  sum += naive_sum(all.subspan(start, covered));
  const std::uint16_t checksum = naive_checksum(sum);
  return u16(checksum_at, checksum == 0 && protocol() == 17 ? 0xFFFF : checksum);
}

}  // namespace penstock::test
