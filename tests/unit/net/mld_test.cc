// What is told of the groups that our addresses are found by, and to whom that is answered.
#include "dataplane/net/mld.h"

#include "tests/unit/net/responder_fixture.h"

namespace penstock::test {
namespace {

constexpr std::size_t kMld = kUdp6 + 8;  // behind the hop-by-hop options

// From a router, with a router alert as it has to have.
TestFrame mld_query(std::size_t message_bytes = 28, unsigned delay_code = 0) {
  TestFrame frame = TestFrame::ping6(message_bytes - 8);
  frame.destination_mac({{0x33, 0x33, 0, 0, 0, 1}}).source("fe80::1").destination("ff02::1");
  frame.u8(kIp + 7, 1).u8(kUdp6, 130);
  for (std::size_t i = 4; i < message_bytes; ++i) frame.u8(kUdp6 + i, 0);
  return frame.u16(kUdp6 + 4, delay_code).fix();
}
TestFrame with_router_alert(TestFrame frame) {
  frame.insert(kUdp6, {58, 0, 5, 2, 0, 0, 1, 0}).u8(kIp + 6, 0);
  return frame.u16(kIp + 4, static_cast<unsigned>(frame.size() - kUdp6));
}

class MldTest : public ResponderTest {
 protected:
  MldTest() { responder_ = LinkResponder(addresses_); }

  // Reports among the frames that are sent at `now`.
  std::vector<std::vector<std::uint8_t>> reports(Timestamp now) {
    std::vector<std::vector<std::uint8_t>> found;
    for (auto& frame : poll_all(now)) {
      const bool has_hop_by_hop = load_be16(&frame[12]) == 0x86DD && frame[kIp + 6] == 0;
      if (!has_hop_by_hop) continue;
      EXPECT_EQ(frame[kIp + 7], 1) << "hop limit";
      EXPECT_EQ(load_be64(&frame[kUdp6]), 0x3A00'0502'0000'0100U) << "router alert";
      // The checksum, of the message and the addresses.
      const std::span<const std::uint8_t> bytes(frame);
      const std::uint32_t sum = naive_sum(bytes.subspan(22, 32)) + 58 +
                                static_cast<std::uint32_t>(frame.size() - kMld) +
                                naive_sum(bytes.subspan(kMld));
      EXPECT_EQ(naive_checksum(sum), 0);
      found.push_back(std::move(frame));
    }
    return found;
  }
  static IpAddress address_at(const std::vector<std::uint8_t>& frame, std::size_t at) {
    return IpAddress::from_v6_bytes(&frame[at]);
  }
  void settle() {
    reports(0);
    reports(kSecond);
  }

  const IpAddress link_local_ = ip("fe80::ff:fe00:2");
  const IpAddress group_ = ip("ff02::1:ff00:2");  // of both addresses
};

TEST_F(MldTest, ReportsOurGroupsAtStartAndOnceMore) {
  addresses_.ipv6.address = ip("fd00::1234");
  responder_ = LinkResponder(addresses_);
  const auto first = reports(0);
  ASSERT_EQ(first.size(), 1U);
  const auto& frame = first[0];
  EXPECT_EQ(MacAddress::from_bytes(frame.data()), (MacAddress{{0x33, 0x33, 0, 0, 0, 0x16}}));
  EXPECT_EQ(address_at(frame, 22), ip("::")) << "ours is not known to be ours yet";
  EXPECT_EQ(address_at(frame, 38), ip("ff02::16"));
  EXPECT_EQ(frame[kMld], 143);
  ASSERT_EQ(load_be16(&frame[kMld + 6]), 2);
  EXPECT_EQ(frame[kMld + 8], 4) << "to any source from none";
  EXPECT_EQ(address_at(frame, kMld + 12), ip("ff02::1:ff00:1234"));
  EXPECT_EQ(address_at(frame, kMld + 32), group_);
  EXPECT_EQ(frame.size(), kMld + 48);
  EXPECT_TRUE(reports(kSecond - 1).empty());
  const auto second = reports(kSecond);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(address_at(second[0], 22), link_local_);
  EXPECT_TRUE(reports(100 * kSecond).empty());
}

TEST_F(MldTest, AGroupThatBothAddressesHaveIsReportedOnce) {
  const auto frames = reports(0);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(load_be16(&frames[0][kMld + 6]), 1);
}

TEST_F(MldTest, WithoutIpv6NothingIsReported) {
  addresses_.ipv6 = {};
  responder_ = LinkResponder(addresses_);
  EXPECT_TRUE(reports(0).empty());
}

TEST_F(MldTest, AnswersAQueryWithinTheTimeThatItLeaves) {
  settle();
  EXPECT_EQ(give(with_router_alert(mld_query(28, 10'000)), 2 * kSecond).drop, DropReason::kNone);
  const auto late = reports(12 * kSecond);
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(late[0][kMld], 143);
  EXPECT_EQ(late[0][kMld + 8], 2) << "what we listen to, not what has changed";
  EXPECT_EQ(address_at(late[0], kMld + 12), group_);
  EXPECT_TRUE(reports(100 * kSecond).empty());
}

TEST_F(MldTest, ManyQueriesGetOneAnswer) {
  settle();
  for (int i = 0; i < 100; ++i) give(with_router_alert(mld_query()), 2 * kSecond);
  EXPECT_EQ(reports(2 * kSecond).size(), 1U);
}

TEST_F(MldTest, ListenersWithOtherMacsAnswerAtOtherTimes) {
  const auto answers_after = [&] {
    responder_ = LinkResponder(addresses_);
    settle();
    give(mld_query(28, 10'000), 2 * kSecond);
    Timestamp now = 2 * kSecond;
    while (reports(now).empty() && now < 100 * kSecond) now += 100 * kMillisecond;
    return now - 2 * kSecond;
  };
  EXPECT_LE(answers_after(), kSecond);
  addresses_.mac.bytes[4] = 0x80;
  const Duration other = answers_after();
  EXPECT_GE(other, 4 * kSecond);
  EXPECT_LE(other, 10 * kSecond);
}

TEST_F(MldTest, AQueryOfOneGroupIsAnsweredIfItIsOurs) {
  settle();
  give(mld_query().address(kUdp6 + 8, "ff02::1:ff00:9").fix(), 2 * kSecond);
  EXPECT_TRUE(reports(2 * kSecond).empty());
  give(mld_query().address(kUdp6 + 8, "ff02::1:ff00:2").fix(), 2 * kSecond);
  EXPECT_EQ(reports(2 * kSecond).size(), 1U);
}

TEST_F(MldTest, AQueryOfVersion1IsAnsweredGroupByGroup) {
  addresses_.ipv6.address = ip("fd00::1234");
  responder_ = LinkResponder(addresses_);
  settle();
  EXPECT_EQ(give(mld_query(24), 2 * kSecond).drop, DropReason::kNone);
  const auto frames = reports(2 * kSecond);
  ASSERT_EQ(frames.size(), 2U);
  for (const auto& frame : frames) {
    EXPECT_EQ(frame[kMld], 131);
    EXPECT_EQ(frame.size(), kMld + 24);
    EXPECT_EQ(address_at(frame, 22), link_local_);
    EXPECT_EQ(address_at(frame, 38), address_at(frame, kMld + 8));
  }
  EXPECT_NE(address_at(frames[0], 38), address_at(frames[1], 38));
}

TEST_F(MldTest, RefusesQueriesThatCameFromAfarOrAreCut) {
  for (const TestFrame& frame : {mld_query().u8(kIp + 7, 2), mld_query().source("fd00::1").fix(),
                                 mld_query(25), mld_query(27), mld_query(20)}) {
    EXPECT_EQ(give(frame, 2 * kSecond).drop, DropReason::kMldInvalid);
  }
}

TEST_F(MldTest, LongDelaysAreFloatingPointNumbers) {
  const auto delay_of = [](unsigned code) {
    const TestFrame frame = mld_query(28, code);
    const auto query =
        parse_mld_query(std::span(frame.bytes()).subspan(kUdp6), {ip("fe80::1"), {}, 58, 1, 28});
    return query ? query->delay_max : -1;
  };
  EXPECT_EQ(delay_of(0x7FFF), 32'767 * kMillisecond);
  EXPECT_EQ(delay_of(0x8000), 32'768 * kMillisecond);
  EXPECT_EQ(delay_of(0xFFFF), 0x1FFF * 1'024 * kMillisecond);
}

TEST_F(MldTest, TheDeviceIsToldOfAllGroups) {
  addresses_.ipv6.address = ip("fd00::1234");
  const auto macs = multicast_macs(addresses_);
  ASSERT_EQ(macs.size(), 3U);
  EXPECT_EQ(macs[0], (MacAddress{{0x33, 0x33, 0, 0, 0, 1}}));
  EXPECT_EQ(macs[1], (MacAddress{{0x33, 0x33, 0xFF, 0, 0x12, 0x34}}));
  EXPECT_EQ(macs[2], (MacAddress{{0x33, 0x33, 0xFF, 0, 0, 2}}));
  addresses_.ipv6 = {};
  EXPECT_TRUE(multicast_macs(addresses_).empty());
}

}  // namespace
}  // namespace penstock::test
