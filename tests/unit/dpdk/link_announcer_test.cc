#include "dataplane/dpdk/link_announcer.h"

#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <algorithm>

#include "dataplane/base/endian.h"
#include "tests/unit/dpdk/eal_test_main.h"

namespace penstock {
namespace {

constexpr MacAddress kOurMac = {{0x02, 0, 0, 0, 0, 0x07}};

InterfaceAddresses both_families() {
  InterfaceAddresses addresses;
  addresses.mac = kOurMac;
  addresses.ipv4 = {.address = IpAddress::from_v4({198, 18, 0, 2}),
                    .gateway = IpAddress::from_v4({198, 18, 0, 1}),
                    .prefix_bits = 24};
  addresses.ipv6 = {.address = {{0xfd, 0, 1}}, .gateway = {{0xfd, 0, 2}}, .prefix_bits = 16};
  return addresses;
}

class LinkAnnouncerTest : public ::testing::Test {
 protected:
  LinkAnnouncer make(bool is_link_up) {
    return LinkAnnouncer(both_families(), is_link_up, shared_pool().mempool(), frames);
  }

  // How many frames it has pushed; all are ours.
  std::size_t take_frames() {
    std::size_t count = 0;
    for (rte_mbuf* frame = nullptr; frames.pop(frame); ++count) {
      const auto* bytes = rte_pktmbuf_mtod(frame, const std::uint8_t*);
      EXPECT_TRUE(std::equal(kOurMac.bytes.begin(), kOurMac.bytes.end(), bytes + 6));
      EXPECT_GE(frame->data_len, 42U);
      rte_pktmbuf_free(frame);
    }
    return count;
  }

  void TearDown() override {
    EXPECT_EQ(shared_pool().available(), shared_pool().capacity()) << "a packet was lost";
  }

  SpscRing<rte_mbuf*> frames{8};
  Timestamp now = 100 * kSecond;
};

TEST_F(LinkAnnouncerTest, WhileTheLinkStaysUpTheStartsAnnouncementsAreEnough) {
  LinkAnnouncer announcer = make(true);
  for (int i = 0; i < 10; ++i) announcer.work(true, now += kSecond);
  EXPECT_EQ(take_frames(), 0U);
}

TEST_F(LinkAnnouncerTest, EachAddressIsProbedAndAnnouncedTwiceWhenTheLinkComesUp) {
  LinkAnnouncer announcer = make(false);
  announcer.work(false, now);
  EXPECT_EQ(take_frames(), 0U);
  announcer.work(true, now += kSecond);
  EXPECT_EQ(take_frames(), 4U) << "IPv4, IPv6, link-local, groups, and no gateway is asked";
  announcer.work(true, now += kSecond);
  EXPECT_EQ(take_frames(), 4U);
  announcer.work(true, now += kSecond);
  EXPECT_EQ(take_frames(), 3U);
  announcer.work(true, now += kAnnouncementInterval);
  EXPECT_EQ(take_frames(), 3U);
  for (int i = 0; i < 10; ++i) announcer.work(true, now += kSecond);
  EXPECT_EQ(take_frames(), 0U);
}

TEST_F(LinkAnnouncerTest, OnAVlanWhatIsAnnouncedIsTagged) {
  InterfaceAddresses addresses = both_families();
  addresses.vlan_id = 0x123;
  LinkAnnouncer announcer(addresses, false, shared_pool().mempool(), frames);
  announcer.work(true, now);
  std::size_t count = 0;
  for (rte_mbuf* frame = nullptr; frames.pop(frame); ++count) {
    const auto* bytes = rte_pktmbuf_mtod(frame, const std::uint8_t*);
    EXPECT_EQ(load_be32(bytes + 12), 0x8100'0123U);
    rte_pktmbuf_free(frame);
  }
  EXPECT_EQ(count, 4U);
}

TEST_F(LinkAnnouncerTest, ALinkThatGoesIsNotSpokenToAndBeginsAnewWhenItComes) {
  LinkAnnouncer announcer = make(true);
  announcer.work(false, now += kSecond);
  announcer.work(true, now += kSecond);
  EXPECT_EQ(take_frames(), 4U);
  announcer.work(false, now += kAnnouncementInterval);
  EXPECT_EQ(take_frames(), 0U);
  announcer.work(true, now += kSecond);
  EXPECT_EQ(take_frames(), 4U);
  announcer.work(true, now += kAnnouncementInterval);
  EXPECT_EQ(take_frames(), 4U);
}

TEST_F(LinkAnnouncerTest, AWorkerThatDoesNotTakeThemCostsNoPacketBuffers) {
  SpscRing<rte_mbuf*> full(1);
  LinkAnnouncer announcer(both_families(), false, shared_pool().mempool(), full);
  announcer.work(true, now);
  rte_mbuf* frame = nullptr;
  ASSERT_TRUE(full.pop(frame));
  EXPECT_FALSE(full.pop(frame));
  rte_pktmbuf_free(frame);
}

}  // namespace
}  // namespace penstock
