#include "bench/bridge/frame_filter.h"

#include <gtest/gtest.h>

#include <vector>

namespace penstock::bridge {
namespace {

constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;

// An Ethernet frame of this many bytes; what is not given is zero.
std::vector<std::uint8_t> frame(std::uint16_t ether_type, std::size_t bytes) {
  std::vector<std::uint8_t> made(bytes);
  made[12] = static_cast<std::uint8_t>(ether_type >> 8);
  made[13] = static_cast<std::uint8_t>(ether_type);
  return made;
}
std::vector<std::uint8_t> ipv4(std::uint8_t protocol, std::size_t bytes = 100) {
  auto made = frame(0x0800, bytes);
  made[14 + 9] = protocol;
  return made;
}
std::vector<std::uint8_t> ipv6(std::uint8_t next_header, std::uint8_t after_it = 0) {
  auto made = frame(0x86DD, 100);
  made[14 + 6] = next_header;
  made[14 + 40] = after_it;
  return made;
}

TEST(FrameFilter, TakesUdpAlone) {
  const FrameFilter filter;
  EXPECT_TRUE(filter.matches(ipv4(kUdp)));
  EXPECT_TRUE(filter.matches(ipv6(kUdp)));
  EXPECT_TRUE(filter.matches(ipv6(44, kUdp))) << "a fragment";
  EXPECT_FALSE(filter.matches(ipv6(44, kTcp)));
  EXPECT_FALSE(filter.matches(ipv4(kTcp)));
  EXPECT_FALSE(filter.matches(ipv6(58))) << "neighbour discovery";
  EXPECT_FALSE(filter.matches(frame(0x0806, 60))) << "ARP";
}

TEST(FrameFilter, LooksBehindAVlanTag) {
  auto tagged = ipv4(kUdp);
  tagged.insert(tagged.begin() + 12, {0x81, 0x00, 0x00, 0x05});
  EXPECT_TRUE(FrameFilter{}.matches(tagged));
}

TEST(FrameFilter, TakesEverythingIfItShall) {
  const FrameFilter filter{.takes_all = true};
  EXPECT_TRUE(filter.matches(ipv4(kTcp)));
  EXPECT_TRUE(filter.matches(frame(0x0806, 60)));
}

TEST(FrameFilter, TakesLargerFramesOnlyIfItShall) {
  const FrameFilter filter{.larger_than_bytes = 500};
  EXPECT_FALSE(filter.matches(ipv4(kUdp, 500)));
  EXPECT_TRUE(filter.matches(ipv4(kUdp, 501)));
}

TEST(FrameFilter, NeverReadsOutsideOfAFrame) {
  for (const auto& whole : {ipv4(kUdp), ipv6(kUdp), ipv6(44, kUdp)}) {
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
      const std::vector<std::uint8_t> cut(whole.begin(),
                                          whole.begin() + static_cast<std::ptrdiff_t>(bytes));
      FrameFilter{}.matches(cut);
    }
  }
}

}  // namespace
}  // namespace penstock::bridge
