// Every reason for which the worker refuses a frame before it is media, each produced on purpose:
// exactly one drop is counted, nothing is sent, nothing is punted, nothing leaks.
#include <functional>

#include "dataplane/net/checksum.h"
#include "dataplane/net/udp_writer.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

using Frame = std::vector<std::uint8_t>;

constexpr std::size_t kIp = 14;
constexpr std::size_t kUdp = 34;

// A good frame with a datagram to worker 0.
Frame good_frame(std::uint16_t port = kPortBase, std::size_t payload_bytes = 20) {
  const Path path{.remote_mac = {{0x02, 0, 0, 0, 0, 0x01}},
                  .remote = {IpAddress::from_v4({198, 18, 0, 1}), port},
                  .local = {IpAddress::from_v4({198, 18, 1, 9}), 9'000}};
  const UdpPathTemplate headers = make_udp_path_template(path, {{0x02, 0, 0, 0, 0, 0x77}});
  Frame frame(headers.header_bytes + payload_bytes, 0x80);
  write_udp_headers(headers, frame.data(), payload_bytes);
  return frame;
}

// After a change of the IPv4 header, a checksum that is right again.
void fix_ipv4(Frame& frame) {
  frame[kIp + 10] = frame[kIp + 11] = 0;
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 20; i += 2) sum += load_be16(&frame[kIp + i]);
  while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
  store_be16(&frame[kIp + 10], static_cast<std::uint16_t>(~sum));
}

struct Case {
  DropReason reason;
  std::function<Frame()> make;
};

template <typename Change>
Frame changed(Change change) {
  Frame frame = good_frame();
  change(frame);
  return frame;
}
template <typename Change>
Frame changed_ipv4(Change change) {
  Frame frame = good_frame();
  change(frame);
  fix_ipv4(frame);
  return frame;
}

// Nothing but a header and one unit of an extension header.
Frame ipv6_frame(std::uint8_t next_header) {
  Frame frame = good_frame(kPortBase, 20);
  frame[12] = 0x86;
  frame[13] = 0xDD;
  std::fill(frame.begin() + kIp, frame.end(), 0);
  frame[kIp] = 0x60;
  frame[kIp + 5] = 8;
  frame[kIp + 6] = next_header;
  return frame;
}

const Case kCases[] = {
    {DropReason::kFrameTooLarge, [] { return good_frame(kPortBase, kPacketBytesMax); }},
    {DropReason::kEthernetTruncated, [] { return Frame(13); }},
    {DropReason::kEthernetNotForUs, [] { return changed([](Frame& f) { f[5] = 0x55; }); }},
    {DropReason::kEthernetBadSource, [] { return changed([](Frame& f) { f[6] = 0x01; }); }},
    {DropReason::kVlanNotOurs, [] { return changed([](Frame& f) { f[12] = 0x81, f[13] = 0; }); }},
    {DropReason::kEtherTypeUnknown, [] { return changed([](Frame& f) { f[12] = 0x88; }); }},
    {DropReason::kArpInvalid, [] { return changed([](Frame& f) { f[12] = 0x08, f[13] = 0x06; }); }},
    {DropReason::kIpv4Truncated, [] { return changed([](Frame& f) { f.resize(30); }); }},
    {DropReason::kIpv4BadHeader, [] { return changed_ipv4([](Frame& f) { f[kIp] = 0x44; }); }},
    {DropReason::kIpv4BadChecksum, [] { return changed([](Frame& f) { ++f[kIp + 10]; }); }},
    {DropReason::kIpv6Truncated,
     [] { return changed([](Frame& f) { f[12] = 0x86, f[13] = 0xDD, f.resize(40); }); }},
    {DropReason::kIpv6BadHeader,
     [] { return changed([](Frame& f) { f[12] = 0x86, f[13] = 0xDD; }); }},
    {DropReason::kIpv6ExtensionRefused, [] { return ipv6_frame(43); }},
    {DropReason::kIpFragment, [] { return changed_ipv4([](Frame& f) { f[kIp + 7] = 1; }); }},
    {DropReason::kFragmentInvalid,
     [] { return changed_ipv4([](Frame& f) { f[kIp + 6] = 0x20; }); }},
    {DropReason::kIpMartianSource,
     [] { return changed_ipv4([](Frame& f) { f[kIp + 12] = 127; }); }},
    {DropReason::kIpNotForUs, [] { return changed_ipv4([](Frame& f) { f[kIp + 19] = 200; }); }},
    {DropReason::kIpProtocolUnknown,
     [] { return changed_ipv4([](Frame& f) { f[kIp + 9] = 132; }); }},
    {DropReason::kIcmpInvalid, [] { return changed_ipv4([](Frame& f) { f[kIp + 9] = 1; }); }},
    {DropReason::kUdpTruncated, [] { return changed([](Frame& f) { f[kUdp + 4] = 0x0F; }); }},
    {DropReason::kUdpBadChecksum,
     [] { return changed([](Frame& f) { f[kUdp + 6] = 0x12, f[kUdp + 7] = 0x34; }); }},
    {DropReason::kUdpPortUnknown, [] { return good_frame(kPortBase + 1); }},
    {DropReason::kDatagramEmpty, [] { return good_frame(kPortBase, 0); }},
    {DropReason::kDatagramUnknown, [] { return changed([](Frame& f) { f[42] = 0xFF; }); }},
    {DropReason::kFlowUnknown, [] { return good_frame(); }},
    {DropReason::kStunInvalid, [] { return changed([](Frame& f) { f[42] = 0x00; }); }},
};

TEST_F(WorkerTest, EveryBadFrameIsCountedUnderItsReason) {
  for (const Case& c : kCases) {
    const std::uint64_t before = drops(c.reason);
    const std::uint64_t all_before = all_drops();
    receive_frame(c.make());
    run();
    EXPECT_EQ(drops(c.reason), before + 1) << to_label(c.reason);
    EXPECT_EQ(all_drops(), all_before + 1) << to_label(c.reason);
    EXPECT_TRUE(take_sent().empty()) << to_label(c.reason);
    EXPECT_EQ(host.packets().live(), 0U) << to_label(c.reason);
  }
  EXPECT_TRUE(punted.empty());
}

TEST_F(WorkerTest, PingsAreAnsweredUpToALimit) {
  Frame ping = good_frame(kPortBase, 8);
  ping[kIp + 9] = 1;
  // An echo request: type 8, its checksum, identifier and sequence number.
  const Frame echo = {8, 0, 0xF7, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  std::copy(echo.begin(), echo.end(), ping.begin() + kUdp);
  fix_ipv4(ping);
  for (int i = 0; i < 300; ++i) {
    receive_frame(ping);
    run();
  }
  EXPECT_GT(drops(DropReason::kIcmpRateLimited), 0U);
  EXPECT_EQ(all_drops(), drops(DropReason::kIcmpRateLimited));
  std::size_t answers = 0;
  std::vector<std::uint8_t> frame;
  while (host.take_sent(frame)) ++answers;
  EXPECT_EQ(answers + drops(DropReason::kIcmpRateLimited), 300U);
}

}  // namespace
}  // namespace penstock
