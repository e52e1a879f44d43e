// Our addresses are probed before they are announced; who has one already keeps it, and who takes
// one is told off.
#include "dataplane/net/address_claim.h"

#include <utility>

#include "tests/unit/net/responder_fixture.h"

namespace penstock::test {
namespace {

// The port as it is in the first moment, with other hosts on the link.
class AddressClaimTest : public ResponderTest {
 protected:
  AddressClaimTest() { responder_ = LinkResponder(addresses_); }

  static TestFrame arp_probe_of_ours() {
    TestFrame frame = TestFrame::arp_request();
    return frame.source_mac(kOurMac).mac(22, kOurMac).address(28, "0.0.0.0");
  }
  static TestFrame arp_announcement_of_ours() {
    return arp_probe_of_ours().address(28, "198.18.0.2");
  }
  static TestFrame detection_of_ours(std::string_view target, std::string_view group,
                                     std::uint8_t last) {
    TestFrame frame = TestFrame::neighbor_solicitation().erase(kUdp6 + 24, 8);
    frame.destination_mac({{0x33, 0x33, 0xFF, 0, 0x12, last}}).source_mac(kOurMac).source("::");
    return frame.destination(group).address(kUdp6 + 8, target).fix();
  }
  static TestFrame arp_reply_of_ours_by(const MacAddress& mac) {
    return TestFrame::arp_reply().source_mac(mac).mac(22, mac).address(28, "198.18.0.2");
  }
  static TestFrame advertisement_of_ours_by(const MacAddress& mac, std::string_view target) {
    TestFrame frame = TestFrame::neighbor_advertisement();
    frame.destination_mac({{0x33, 0x33, 0, 0, 0, 1}}).source_mac(mac).source(target);
    frame.destination("ff02::1").u8(kUdp6 + 4, 0x20).address(kUdp6 + 8, target);
    return frame.mac(kUdp6 + 26, mac).fix();
  }
  // What is sent between the two times, as a worker polls.
  std::vector<std::vector<std::uint8_t>> run(Timestamp from, Timestamp to) {
    std::vector<std::vector<std::uint8_t>> all;
    for (Timestamp now = from; now < to; now += 100 * kMillisecond)
      for (auto& frame : poll_all(now)) all.push_back(std::move(frame));
    return all;
  }
  static auto count(const std::vector<std::vector<std::uint8_t>>& frames, const TestFrame& frame) {
    return std::count(frames.begin(), frames.end(), frame.bytes());
  }
  // Somebody answers each of our probes of the IPv4 address.
  std::vector<std::vector<std::uint8_t>> run_beside_owner(Timestamp from, Timestamp to) {
    std::vector<std::vector<std::uint8_t>> all;
    for (Timestamp now = from; now < to; now += 100 * kMillisecond)
      for (auto& frame : poll_all(now)) {
        if (frame == arp_probe_of_ours().bytes()) give(arp_reply_of_ours_by(kOtherMac), now);
        all.push_back(std::move(frame));
      }
    return all;
  }
};

TEST_F(AddressClaimTest, NothingIsSaidToBeOursBeforeItWasProbedForASecond) {
  const auto before = run(0, kSecond);
  EXPECT_EQ(count(before, arp_probe_of_ours()), kProbesCount);
  for (const auto& frame : before) {
    if (load_be16(&frame[12]) != 0x0806) continue;
    EXPECT_EQ(frame, arp_probe_of_ours().bytes()) << "not a request for the gateway either";
  }
  const auto after = run(kSecond, 2 * kSecond);
  EXPECT_EQ(count(after, arp_probe_of_ours()), 0);
  EXPECT_EQ(count(after, arp_announcement_of_ours()), 1);
}

TEST_F(AddressClaimTest, Ipv6AddressesAreAskedForFromNobody) {
  addresses_.ipv6.address = ip("fd00::1234");
  responder_ = LinkResponder(addresses_);
  const auto before = run(0, kSecond);
  EXPECT_EQ(count(before, detection_of_ours("fd00::1234", "ff02::1:ff00:1234", 0x34)),
            kProbesCount);
  TestFrame of_link_local = detection_of_ours("fe80::ff:fe00:2", "ff02::1:ff00:2", 0);
  of_link_local.destination_mac({{0x33, 0x33, 0xFF, 0, 0, 2}});
  EXPECT_EQ(count(before, of_link_local), kProbesCount);
}

TEST_F(AddressClaimTest, WhoHasOurAddressKeepsItAndIsNamed) {
  const auto frames = run_beside_owner(0, 60 * kSecond);
  EXPECT_EQ(count(frames, arp_announcement_of_ours()), 0);
  EXPECT_GE(count(frames, arp_probe_of_ours()), 5) << "the other one may go";
  EXPECT_LE(count(frames, arp_probe_of_ours()), 7);
  EXPECT_EQ(responder_.ipv4_gateway_mac(), std::nullopt);
  EXPECT_GE(responder_.conflict(OwnAddress::kIpv4).count, 5U);
  EXPECT_EQ(responder_.conflict(OwnAddress::kIpv4).mac, kOtherMac);
  EXPECT_EQ(give(TestFrame::arp_request(), 60 * kSecond).frame.size(), 0U) << "his to answer";
}

TEST_F(AddressClaimTest, WhenTheOtherOneIsGoneTheAddressIsOurs) {
  run_beside_owner(0, 5 * kSecond);
  const auto frames = run(5 * kSecond, 20 * kSecond);
  EXPECT_EQ(count(frames, arp_announcement_of_ours()), kAnnouncementsCount);
  EXPECT_GT(give(TestFrame::arp_request(), 20 * kSecond).frame.size(), 0U);
}

TEST_F(AddressClaimTest, OfTheOthersAddressesOneThatIsTakenIsNoneOfTheirBusiness) {
  run_beside_owner(0, 5 * kSecond);
  EXPECT_GT(give(TestFrame::neighbor_solicitation(), 5 * kSecond).frame.size(), 0U);
}

TEST_F(AddressClaimTest, AnAnnouncedAddressIsDefendedNotMoreThanEveryTenSeconds) {
  run(0, 10 * kSecond);
  std::vector<std::vector<std::uint8_t>> frames;
  for (Timestamp now = 10 * kSecond; now < 40 * kSecond; now += 100 * kMillisecond) {
    give(arp_reply_of_ours_by(kOtherMac), now);
    for (auto& frame : poll_all(now)) frames.push_back(std::move(frame));
  }
  EXPECT_EQ(count(frames, arp_announcement_of_ours()), 3);
  EXPECT_EQ(count(frames, arp_probe_of_ours()), 0);
  EXPECT_EQ(responder_.conflict(OwnAddress::kIpv4).count, 300U);
  EXPECT_GT(give(TestFrame::arp_request(), 40 * kSecond).frame.size(), 0U) << "still answered for";
}

TEST_F(AddressClaimTest, OfIpv6TheSame) {
  for (const auto& [target, which] : {std::pair("fd00::2", OwnAddress::kIpv6),
                                      std::pair("fe80::ff:fe00:2", OwnAddress::kLinkLocal)}) {
    responder_ = LinkResponder(addresses_);
    run(0, 100 * kMillisecond);
    give(advertisement_of_ours_by(kOtherMac, target), 200 * kMillisecond);
    EXPECT_EQ(responder_.conflict(which).count, 1U) << target;
    EXPECT_EQ(responder_.conflict(which).mac, kOtherMac);
    TestFrame question = TestFrame::neighbor_solicitation();
    question.address(kUdp6 + 8, target).fix();
    EXPECT_EQ(give(question, 300 * kMillisecond).frame.size(), 0U) << target;
  }
}

TEST_F(AddressClaimTest, OurOwnFramesThatComeBackContestNothing) {
  const auto frames = run(0, kSecond);
  for (const auto& frame : frames)
    EXPECT_EQ(parse_frame(frame, addresses_).drop, DropReason::kEthernetBadSource);
  EXPECT_EQ(give(arp_reply_of_ours_by(kOurMac).source_mac(kPeerMac)).drop, DropReason::kArpInvalid);
  EXPECT_EQ(responder_.conflict(OwnAddress::kIpv4).count, 0U);
}

TEST(MacAddressTest, IsOneWordAndAText) {
  EXPECT_EQ(MacAddress::from_word(kOtherMac.word()), kOtherMac);
  EXPECT_EQ(to_string(kOtherMac), "02:00:00:00:00:77");
}

}  // namespace
}  // namespace penstock::test
