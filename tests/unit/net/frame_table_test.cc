// One table of frames, each with exactly one expected verdict.
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/net/udp_parser.h"
#include "tests/unit/net/test_frame.h"

namespace penstock {
namespace {

using test::kIp;
using test::kUdp4;
using test::kUdp6;
using test::TestFrame;

struct Case {
  std::string name;
  TestFrame frame;
  FrameKind kind;
  DropReason drop;
};

class Table {
 public:
  void accept(const std::string& name, const TestFrame& frame, FrameKind kind) {
    cases_.push_back({name, frame, kind, DropReason::kNone});
  }
  void drop(const std::string& name, const TestFrame& frame, DropReason reason) {
    cases_.push_back({name, frame, FrameKind::kDropped, reason});
  }
  const std::vector<Case>& cases() const { return cases_; }

 private:
  std::vector<Case> cases_;
};

void add_ethernet(Table& table) {
  for (std::size_t length = 0; length < 14; ++length)
    table.drop("ethernet of " + std::to_string(length), TestFrame::udp4().truncate(length),
               DropReason::kEthernetTruncated);
  for (unsigned type :
       {0x0000U, 0x0600U, 0x0801U, 0x88A8U, 0x8847U, 0x8863U, 0x88CCU, 0x86DCU, 0xFFFFU})
    table.drop("EtherType " + std::to_string(type), TestFrame::udp4().u16(12, type),
               DropReason::kEtherTypeUnknown);
  table.drop("802.1Q tag", TestFrame::udp4().insert(12, {0x81, 0x00, 0x00, 0x01}),
             DropReason::kVlanNotOurs);
  for (const std::uint8_t priority : std::initializer_list<std::uint8_t>{0x00, 0x20, 0xF0})
    for (const auto& [frame, kind] : {std::pair(TestFrame::udp4(), FrameKind::kUdp),
                                      std::pair(TestFrame::udp6(), FrameKind::kUdp),
                                      std::pair(TestFrame::ping4(), FrameKind::kIcmp),
                                      std::pair(TestFrame::ping6(), FrameKind::kIcmpv6),
                                      std::pair(TestFrame::arp_request(), FrameKind::kArp)})
      table.accept("802.1Q priority tag " + std::to_string(priority),
                   TestFrame(frame).insert(12, {0x81, 0x00, priority, 0x00}), kind);
  for (std::size_t length = 14; length < 18; ++length)
    table.drop("802.1Q tag cut at " + std::to_string(length),
               TestFrame::udp4().insert(12, {0x81, 0x00, 0x00, 0x00}).truncate(length),
               DropReason::kEthernetTruncated);
  table.drop("two priority tags",
             TestFrame::udp4().insert(12, {0x81, 0x00, 0, 0, 0x81, 0x00, 0, 0}),
             DropReason::kEtherTypeUnknown);
  table.drop("two tags", TestFrame::udp4().insert(12, {0x88, 0xA8, 0, 1, 0x81, 0x00, 0x00, 0x01}),
             DropReason::kEtherTypeUnknown);
  table.drop("for another MAC", TestFrame::udp4().destination_mac(test::kOtherMac),
             DropReason::kEthernetNotForUs);
  table.drop("IPv4 in a broadcast frame", TestFrame::udp4().destination_mac(kBroadcastMac),
             DropReason::kEthernetNotForUs);
  table.drop("IPv6 in a broadcast frame", TestFrame::udp6().destination_mac(kBroadcastMac),
             DropReason::kEthernetNotForUs);
  table.drop("IPv4 multicast MAC", TestFrame::udp4().destination_mac({{1, 0, 0x5E, 0, 0, 1}}),
             DropReason::kEthernetNotForUs);
  table.drop("spanning tree", TestFrame::udp4().destination_mac({{1, 0x80, 0xC2, 0, 0, 0}}),
             DropReason::kEthernetNotForUs);
  table.drop("a group we are not in",
             TestFrame::udp6().destination_mac({{0x33, 0x33, 0xFF, 0, 0, 3}}),
             DropReason::kEthernetNotForUs);
  table.drop("ARP to an IPv6 group",
             TestFrame::arp_request().destination_mac({{0x33, 0x33, 0, 0, 0, 1}}),
             DropReason::kEthernetNotForUs);
  table.drop("from our own MAC", TestFrame::udp4().source_mac(test::kOurMac),
             DropReason::kEthernetBadSource);
  table.drop("from broadcast", TestFrame::udp4().source_mac(kBroadcastMac),
             DropReason::kEthernetBadSource);
  table.drop("from a group", TestFrame::udp4().source_mac({{1, 0, 0x5E, 0, 0, 1}}),
             DropReason::kEthernetBadSource);
  table.drop("from zero", TestFrame::udp4().source_mac({}), DropReason::kEthernetBadSource);
}

void add_arp(Table& table) {
  table.accept("ARP request", TestFrame::arp_request(), FrameKind::kArp);
  table.accept("ARP request, unicast", TestFrame::arp_request().destination_mac(test::kOurMac),
               FrameKind::kArp);
  table.accept("ARP with padding", TestFrame::arp_request().append(18), FrameKind::kArp);
  for (std::size_t length = 14; length < 42; ++length)
    table.drop("ARP of " + std::to_string(length), TestFrame::arp_request().truncate(length),
               DropReason::kArpInvalid);
}

void add_ipv4(Table& table) {
  table.accept("IPv4 UDP", TestFrame::udp4(), FrameKind::kUdp);
  table.accept("IPv4 UDP without payload", TestFrame::udp4(0), FrameKind::kUdp);
  table.accept("IPv4 with DF", TestFrame::udp4().u8(kIp + 6, 0x40).fix(), FrameKind::kUdp);
  table.accept("IPv4 with DSCP and ECN", TestFrame::udp4().u8(kIp + 1, 0xBB).fix(),
               FrameKind::kUdp);
  table.accept("IPv4 TTL 0", TestFrame::udp4().u8(kIp + 8, 0).fix(), FrameKind::kUdp);
  table.accept("IPv4 ping", TestFrame::ping4(), FrameKind::kIcmp);
  for (std::size_t length = 14; length < 34; ++length)
    table.drop("IPv4 header cut at " + std::to_string(length), TestFrame::udp4().truncate(length),
               DropReason::kIpv4Truncated);
  for (std::size_t length : {34U, 41U, 42U, 61U})
    table.drop("IPv4 packet cut at " + std::to_string(length), TestFrame::udp4().truncate(length),
               DropReason::kIpv4Truncated);
  for (unsigned length : {0U, 19U, 49U, 1500U, 65535U})
    table.drop("IPv4 total length " + std::to_string(length),
               TestFrame::udp4().u16(kIp + 2, length).fix_checksums(), DropReason::kIpv4Truncated);
  for (unsigned version = 0; version < 16; ++version)
    if (version != 4)
      table.drop("IPv4 version " + std::to_string(version),
                 TestFrame::udp4().u8(kIp, version << 4 | 5).fix(), DropReason::kIpv4BadHeader);
  for (unsigned words = 0; words < 5; ++words)
    table.drop("IHL " + std::to_string(words), TestFrame::udp4().u8(kIp, 0x40 | words).fix(),
               DropReason::kIpv4BadHeader);
  table.drop("IHL beyond the packet", TestFrame::udp4(0).u8(kIp, 0x4F).fix(),
             DropReason::kIpv4Truncated);
  table.drop("reserved flag", TestFrame::udp4().u8(kIp + 6, 0x80).fix(),
             DropReason::kIpv4BadHeader);
  for (std::size_t at = 1; at < 20; ++at)
    if (at != 2 && at != 3)
      table.drop("IPv4 header byte " + std::to_string(at) + " changed",
                 TestFrame::udp4().flip(kIp + at, 0x10), DropReason::kIpv4BadChecksum);
  table.drop("more fragments", TestFrame::udp4().u16(kIp + 6, 0x2000).fix(),
             DropReason::kIpFragment);
  table.drop("more fragments with DF", TestFrame::udp4().u16(kIp + 6, 0x6000).fix(),
             DropReason::kIpFragment);
  for (unsigned bit = 0; bit < 13; ++bit)
    table.drop("fragment offset " + std::to_string(1U << bit),
               TestFrame::udp4().u16(kIp + 6, 1U << bit).fix(), DropReason::kIpFragment);
}

TestFrame with_ipv4_options(TestFrame frame, std::initializer_list<std::uint8_t> options) {
  const std::size_t header_bytes = 20 + options.size();
  frame.insert(kUdp4, options).u8(kIp, 0x40 | static_cast<unsigned>(header_bytes / 4));
  frame.u16(kIp + 2, static_cast<unsigned>(frame.size() - kIp)).u16(kIp + 10, 0);
  const std::span<const std::uint8_t> bytes(frame.bytes());
  return frame.u16(kIp + 10,
                   test::naive_checksum(test::naive_sum(bytes.subspan(kIp, header_bytes))));
}

void add_ipv4_options(Table& table) {
  const auto udp = [](std::initializer_list<std::uint8_t> options) {
    return with_ipv4_options(TestFrame::udp4(), options);
  };
  table.accept("router alert", udp({148, 4, 0, 0}), FrameKind::kUdp);
  table.accept("router alert on a ping", with_ipv4_options(TestFrame::ping4(), {148, 4, 0, 0}),
               FrameKind::kIcmp);
  table.accept("no operation", udp({1, 1, 1, 1}), FrameKind::kUdp);
  table.accept("end of options, and what is behind it", udp({1, 0, 131, 3}), FrameKind::kUdp);
  table.accept("record route", udp({7, 7, 4, 0, 0, 0, 0, 0}), FrameKind::kUdp);
  table.accept("an unknown option of all bytes there can be",
               udp({222, 40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                    0,   0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
               FrameKind::kUdp);
  table.drop("loose source route", udp({131, 7, 4, 8, 8, 8, 8, 0}), DropReason::kIpv4BadHeader);
  table.drop("strict source route behind others", udp({1, 137, 7, 4, 8, 8, 8, 8}),
             DropReason::kIpv4BadHeader);
  for (const std::uint8_t bytes : std::initializer_list<std::uint8_t>{0, 1, 5, 255})
    table.drop("option length " + std::to_string(bytes), udp({148, bytes, 0, 0}),
               DropReason::kIpv4BadHeader);
  table.drop("option without its length", udp({1, 1, 1, 148}), DropReason::kIpv4BadHeader);
  table.drop("fragment with options",
             with_ipv4_options(TestFrame::udp4().u16(kIp + 6, 0x2000), {148, 4, 0, 0}),
             DropReason::kIpFragment);
}

void add_ipv4_addresses(Table& table) {
  for (const char* source :
       {"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.255", "224.0.0.1", "239.255.255.250",
        "240.0.0.1", "255.255.255.255", "198.18.0.255", "198.18.0.2"})
    table.drop(std::string("IPv4 from ") + source, TestFrame::udp4().source(source).fix(),
               DropReason::kIpMartianSource);
  for (const char* source : {"1.0.0.1", "10.0.0.255", "126.255.255.255", "128.0.0.1", "198.18.0.1",
                             "198.18.0.254", "223.255.255.255"})
    table.accept(std::string("IPv4 from ") + source, TestFrame::udp4().source(source).fix(),
                 FrameKind::kUdp);
  for (const char* destination : {"198.18.0.3", "198.18.0.255", "255.255.255.255", "224.0.0.1",
                                  "127.0.0.1", "0.0.0.0", "203.0.113.7"})
    table.drop(std::string("IPv4 to ") + destination,
               TestFrame::udp4().destination(destination).fix(), DropReason::kIpNotForUs);
  for (unsigned protocol : {0U, 2U, 4U, 6U, 41U, 47U, 50U, 51U, 58U, 89U, 132U, 136U, 255U})
    table.drop("IPv4 protocol " + std::to_string(protocol),
               TestFrame::udp4().u8(kIp + 9, protocol).fix(), DropReason::kIpProtocolUnknown);
}

void add_ipv6(Table& table) {
  table.accept("IPv6 UDP", TestFrame::udp6(), FrameKind::kUdp);
  table.accept("IPv6 UDP without payload", TestFrame::udp6(0), FrameKind::kUdp);
  table.accept("IPv6 with traffic class and flow label",
               TestFrame::udp6().u16(kIp, 0x6FFF).u16(kIp + 2, 0xFFFF), FrameKind::kUdp);
  table.accept("IPv6 hop limit 0", TestFrame::udp6().u8(kIp + 7, 0), FrameKind::kUdp);
  table.accept("IPv6 ping", TestFrame::ping6(), FrameKind::kIcmpv6);
  table.accept("ping to our link-local address",
               TestFrame::ping6().destination("fe80::ff:fe00:2").fix(), FrameKind::kIcmpv6);
  table.accept("neighbour solicitation", TestFrame::neighbor_solicitation(), FrameKind::kIcmpv6);
  table.accept("solicitation to our MAC",
               TestFrame::neighbor_solicitation().destination_mac(test::kOurMac),
               FrameKind::kIcmpv6);
  table.accept("duplicate address detection",
               TestFrame::neighbor_solicitation().source("::").erase(78, 8).fix(),
               FrameKind::kIcmpv6);
  for (std::size_t length = 14; length < 54; ++length)
    table.drop("IPv6 header cut at " + std::to_string(length), TestFrame::udp6().truncate(length),
               DropReason::kIpv6Truncated);
  for (std::size_t length : {54U, 61U, 62U, 81U})
    table.drop("IPv6 packet cut at " + std::to_string(length), TestFrame::udp6().truncate(length),
               DropReason::kIpv6Truncated);
  for (unsigned length : {29U, 1500U, 65535U})
    table.drop("IPv6 payload length " + std::to_string(length),
               TestFrame::udp6().u16(kIp + 4, length), DropReason::kIpv6Truncated);
  for (unsigned version = 0; version < 16; ++version)
    if (version != 6)
      table.drop("IPv6 version " + std::to_string(version), TestFrame::udp6().u8(kIp, version << 4),
                 DropReason::kIpv6BadHeader);
  for (unsigned header : {43U, 50U, 51U, 135U, 139U, 140U, 253U, 254U})
    table.drop("IPv6 extension header " + std::to_string(header),
               TestFrame::udp6().u8(kIp + 6, header), DropReason::kIpv6ExtensionRefused);
  table.drop("IPv6 fragment", TestFrame::udp6().u8(kIp + 6, 44), DropReason::kIpFragment);
  for (unsigned header : {1U, 2U, 4U, 6U, 41U, 59U, 132U, 255U})
    table.drop("IPv6 next header " + std::to_string(header), TestFrame::udp6().u8(kIp + 6, header),
               DropReason::kIpProtocolUnknown);
}

// Behind the fixed header, and in front of what is there. Each names the one behind it itself.
TestFrame with_ipv6_extensions(TestFrame frame, unsigned first,
                               std::initializer_list<std::uint8_t> extensions) {
  frame.insert(kUdp6, extensions).u8(kIp + 6, first);
  return frame.u16(kIp + 4, static_cast<unsigned>(frame.size() - kUdp6));
}

void add_ipv6_extensions(Table& table) {
  const auto udp = [](unsigned first, std::initializer_list<std::uint8_t> extensions) {
    return with_ipv6_extensions(TestFrame::udp6(), first, extensions);
  };
  constexpr unsigned kHopByHop = 0;
  constexpr unsigned kDestination = 60;
  constexpr unsigned kFragment = 44;
  constexpr DropReason kRefused = DropReason::kIpv6ExtensionRefused;
  table.accept("hop-by-hop options", udp(kHopByHop, {17, 0, 5, 2, 0, 0, 1, 0}), FrameKind::kUdp);
  table.accept("destination options", udp(kDestination, {17, 0, 1, 4, 0, 0, 0, 0}),
               FrameKind::kUdp);
  table.accept("options of 16 bytes",
               udp(kDestination, {17, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x1E, 4, 1, 2, 3, 4}),
               FrameKind::kUdp);
  table.accept("atomic fragment", udp(kFragment, {17, 0, 0, 0, 0, 0, 0, 1}), FrameKind::kUdp);
  table.accept("atomic fragment with reserved bits", udp(kFragment, {17, 9, 0, 6, 0, 0, 0, 1}),
               FrameKind::kUdp);
  table.accept("all of them", udp(kHopByHop, {60, 0, 1, 4, 0, 0, 0, 0, 44, 0, 1, 4, 0, 0, 0, 0,
                                              60, 0, 0, 0, 0, 0, 0, 1, 17, 0, 1, 4, 0, 0, 0, 0}),
               FrameKind::kUdp);
  table.accept("ping with options",
               with_ipv6_extensions(TestFrame::ping6(), kHopByHop, {58, 0, 1, 4, 0, 0, 0, 0}),
               FrameKind::kIcmpv6);
  table.drop("solicitation in an atomic fragment",
             with_ipv6_extensions(TestFrame::neighbor_solicitation(), kFragment,
                                  {58, 0, 0, 0, 0, 0, 0, 1}),
             DropReason::kNdpInvalid);
  for (const std::uint8_t option : std::initializer_list<std::uint8_t>{0x40, 0x80, 0xC2, 0xFF})
    table.drop("option that may not be skipped " + std::to_string(option),
               udp(kDestination, {17, 0, option, 4, 0, 0, 0, 0}), kRefused);
  table.drop("option beyond its header", udp(kDestination, {17, 0, 5, 5, 0, 0, 0, 0}), kRefused);
  table.drop("option without its length", udp(kDestination, {17, 0, 1, 3, 0, 0, 0, 5}), kRefused);
  table.drop("header beyond the packet", udp(kDestination, {17, 200, 1, 4, 0, 0, 0, 0}),
             DropReason::kIpv6Truncated);
  table.drop("hop-by-hop options that are not first",
             udp(kDestination, {0, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0}),
             DropReason::kIpv6BadHeader);
  table.drop("routing behind options",
             udp(kHopByHop, {43, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0}), kRefused);
  table.drop("five of them",
             udp(kDestination, {60, 0, 1, 4, 0,  0, 0, 0, 60, 0, 1, 4, 0,  0, 0, 0, 60, 0, 1, 4,
                                0,  0, 0, 0, 60, 0, 1, 4, 0,  0, 0, 0, 17, 0, 1, 4, 0,  0, 0, 0}),
             kRefused);
  TestFrame many = TestFrame::udp6(400);
  many.u8(kIp + 6, kDestination).u8(kUdp6, 17).u8(kUdp6 + 1, 33);
  for (std::size_t i = 2; i < 272; ++i) many.u8(kUdp6 + i, 0);
  table.drop("too many bytes of them", many, kRefused);
  table.drop("first fragment", udp(kFragment, {17, 0, 0, 1, 0, 0, 0, 1}), DropReason::kIpFragment);
  table.drop("last fragment behind options",
             udp(kHopByHop, {44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 8, 0, 0, 0, 1}),
             DropReason::kIpFragment);
  for (std::size_t cut = 1; cut <= 8; ++cut) {
    TestFrame frame = TestFrame::udp6(0).truncate(kUdp6 + 8 - cut).u8(kIp + 6, kFragment);
    table.drop("fragment header of " + std::to_string(8 - cut),
               frame.u16(kIp + 4, static_cast<unsigned>(8 - cut)), DropReason::kIpv6Truncated);
  }
}

void add_ipv6_addresses(Table& table) {
  for (const char* source : {"::", "::1", "ff02::1", "ff0e::7", "::ffff:203.0.113.7",
                             "::ffff:127.0.0.1", "fd00::2", "fe80::ff:fe00:2"})
    table.drop(std::string("IPv6 from ") + source, TestFrame::udp6().source(source).fix(),
               DropReason::kIpMartianSource);
  for (const char* source : {"2::", "fd00::1", "fe80::1", "fd00::ffff:ffff"})
    table.accept(std::string("IPv6 from ") + source, TestFrame::udp6().source(source).fix(),
                 FrameKind::kUdp);
  for (const char* destination :
       {"fd00::3", "::", "::1", "::ffff:198.18.0.2", "ff02::2", "ff02::1:2", "ff02::1:ff00:3",
        "fe80::1", "2001:db8::7", "ff02::1", "ff02::1:ff00:2", "fe80::ff:fe00:2"})
    table.drop(std::string("IPv6 UDP to ") + destination,
               TestFrame::udp6().destination(destination).fix(), DropReason::kIpNotForUs);
  table.drop("unicast packet in a group frame",
             TestFrame::udp6().destination_mac({{0x33, 0x33, 0xFF, 0, 0, 2}}),
             DropReason::kIpNotForUs);
  table.drop("ping to our link-local address in a group frame",
             TestFrame::ping6()
                 .destination("fe80::ff:fe00:2")
                 .destination_mac({{0x33, 0x33, 0, 0, 0, 1}})
                 .fix(),
             DropReason::kIpNotForUs);
  table.accept("advertisement of our address from there",
               TestFrame::neighbor_advertisement().source("fd00::2").fix(), FrameKind::kIcmpv6);
  table.drop("advertisement from another address that is none",
             TestFrame::neighbor_advertisement().source("::1").fix(), DropReason::kIpMartianSource);
  table.drop("ping from our address", TestFrame::ping6().source("fd00::2").fix(),
             DropReason::kIpMartianSource);
  table.drop("ping from nowhere", TestFrame::ping6().source("::").fix(),
             DropReason::kIpMartianSource);
}

void add_udp(Table& table) {
  for (std::size_t length : {0U, 1U, 7U}) {
    table.drop("UDP header over IPv4 of " + std::to_string(length),
               TestFrame::udp4()
                   .truncate(kUdp4 + length)
                   .u16(kIp + 2, 20U + static_cast<unsigned>(length))
                   .fix_checksums(),
               DropReason::kUdpTruncated);
    table.drop(
        "UDP header over IPv6 of " + std::to_string(length),
        TestFrame::udp6().truncate(kUdp6 + length).u16(kIp + 4, static_cast<unsigned>(length)),
        DropReason::kUdpTruncated);
  }
  for (unsigned length : {0U, 1U, 7U, 29U, 1480U, 65535U}) {
    table.drop("UDP length over IPv4 " + std::to_string(length),
               TestFrame::udp4().u16(kUdp4 + 4, length), DropReason::kUdpTruncated);
    table.drop("UDP length over IPv6 " + std::to_string(length),
               TestFrame::udp6().u16(kUdp6 + 4, length), DropReason::kUdpTruncated);
  }
  table.drop("UDP length into the padding", TestFrame::udp4().append(10).u16(kUdp4 + 4, 30),
             DropReason::kUdpTruncated);
  table.accept("UDP shorter than IP", TestFrame::udp4().u16(kUdp4 + 4, 20).fix_checksums(),
               FrameKind::kUdp);
  table.accept("UDP over IPv4 without checksum", TestFrame::udp4().u16(kUdp4 + 6, 0),
               FrameKind::kUdp);
  table.drop("UDP over IPv6 without checksum", TestFrame::udp6().u16(kUdp6 + 6, 0),
             DropReason::kUdpBadChecksum);
  for (std::size_t at : {0U, 1U, 2U, 3U, 6U, 7U, 8U, 17U, 27U}) {
    table.drop("UDP over IPv4, byte " + std::to_string(at) + " changed",
               TestFrame::udp4().flip(kUdp4 + at, 0x04), DropReason::kUdpBadChecksum);
    table.drop("UDP over IPv6, byte " + std::to_string(at) + " changed",
               TestFrame::udp6().flip(kUdp6 + at, 0x04), DropReason::kUdpBadChecksum);
  }
  table.drop("from port 0", TestFrame::udp4().u16(kUdp4, 0).fix(), DropReason::kIpMartianSource);
  table.drop("from port 0 over IPv6", TestFrame::udp6().u16(kUdp6, 0).fix(),
             DropReason::kIpMartianSource);
  table.accept("to port 0", TestFrame::udp4().u16(kUdp4 + 2, 0).fix(), FrameKind::kUdp);
}

TEST(FrameTable, GivesEachFrameItsOneVerdict) {
  Table table;
  add_ethernet(table);
  add_arp(table);
  add_ipv4(table);
  add_ipv4_options(table);
  add_ipv4_addresses(table);
  add_ipv6(table);
  add_ipv6_extensions(table);
  add_ipv6_addresses(table);
  add_udp(table);
  EXPECT_GE(table.cases().size(), 200U);
  for (const Case& row : table.cases()) {
    const FrameVerdict verdict = parse_frame(row.frame.bytes(), test::our_addresses());
    EXPECT_EQ(verdict.kind, row.kind) << row.name;
    EXPECT_EQ(to_label(verdict.drop), to_label(row.drop)) << row.name;
    EXPECT_LE(std::size_t{verdict.payload_offset} + verdict.payload_bytes, row.frame.size())
        << row.name;
  }
}

}  // namespace
}  // namespace penstock
