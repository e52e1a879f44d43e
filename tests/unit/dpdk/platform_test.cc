#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <memory>
#include <vector>

#include "dataplane/dpdk/dpdk_platform.h"
#include "tests/unit/dpdk/eal_test_main.h"

namespace penstock {
namespace {

class PlatformTest : public ::testing::Test {
 protected:
  DpdkPlatform make(WorkerIndex worker, std::size_t queue_count) {
    return DpdkPlatform({.worker = worker,
                         .port_id = shared_port_id(),
                         .queue_count = queue_count,
                         .pool = shared_pool().mempool(),
                         .rings = &rings,
                         .qsbr = &qsbr,
                         .doorbell = doorbell.get()});
  }

  static rte_mbuf* make_frame(DpdkPlatform& platform, std::uint8_t mark) {
    rte_mbuf* packet = platform.allocate();
    std::memset(platform.data(packet), mark, 100);
    platform.set_size(packet, 100);
    return packet;
  }

  void TearDown() override {
    EXPECT_EQ(shared_pool().available(), shared_pool().capacity()) << "a packet was lost";
  }

  WorkerRings rings{2, {.handovers = 2, .relay = 2}};
  Qsbr qsbr{2};
  std::unique_ptr<Doorbell> doorbell = Doorbell::create().value();
};

TEST_F(PlatformTest, AFrameSentComesBackOnTheSameQueue) {
  DpdkPlatform first = make(0, 2);
  DpdkPlatform second = make(1, 2);
  std::array<rte_mbuf*, 2> sent = {make_frame(second, 1), make_frame(second, 2)};
  ASSERT_EQ(second.transmit_burst(sent), 2U);

  std::array<rte_mbuf*, 32> received;
  EXPECT_EQ(first.receive_burst(received), 0U);
  ASSERT_EQ(second.receive_burst(received), 2U);
  EXPECT_EQ(second.size(received[1]), 100U);
  EXPECT_EQ(second.data(received[1])[99], 2);
  second.release(received[0]);
  second.release(received[1]);
}

// The ring gives the packet back as the driver of a NIC would have got it.
TEST_F(PlatformTest, TheDriverIsToldWhereTheHeadersOfAChecksumAre) {
  DpdkPlatform platform = make(0, 2);
  const SocketAddress v4{IpAddress::from_v4({198, 18, 0, 1}), 9'000};
  const SocketAddress v6{parse_ip_address("fd00::1").value(), 9'000};
  for (const SocketAddress& address : {v4, v6}) {
    for (const std::uint16_t vlan_id : {std::uint16_t{0}, std::uint16_t{7}}) {
      const UdpPathTemplate path =
          make_udp_path_template({.remote_mac = {}, .remote = address, .local = address}, {},
                                 {.vlan_id = vlan_id, .checksum = UdpChecksum::kLeftToPort});
      rte_mbuf* packet = make_frame(platform, 1);
      platform.finish_checksum(packet, path);
      ASSERT_EQ(platform.transmit_burst(std::span(&packet, 1)), 1U);
      std::array<rte_mbuf*, 32> received;
      ASSERT_EQ(platform.receive_burst(received), 1U);
      const std::uint64_t family = address == v4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6;
      EXPECT_EQ(received[0]->ol_flags, RTE_MBUF_F_TX_UDP_CKSUM | family);
      EXPECT_EQ(received[0]->l2_len, vlan_id == 0 ? 14U : 18U);
      EXPECT_EQ(received[0]->l3_len, address == v4 ? 20U : 40U);
      platform.release(received[0]);
    }
  }
  rte_mbuf* next = platform.allocate();
  EXPECT_EQ(next->ol_flags, 0U) << "what was asked for one packet is not for the next";
  platform.release(next);
}

// As virtio-net delivers what is larger than a buffer, whatever MTU it was given.
TEST_F(PlatformTest, AFrameInSeveralBuffersIsRefusedAndEachOfThemComesBackAlone) {
  DpdkPlatform platform = make(0, 2);
  std::array<rte_mbuf*, 4> sent = {make_frame(platform, 1), make_frame(platform, 2),
                                   make_frame(platform, 3), make_frame(platform, 4)};
  ASSERT_EQ(rte_pktmbuf_chain(sent[1], make_frame(platform, 5)), 0);
  ASSERT_EQ(rte_pktmbuf_chain(sent[1], make_frame(platform, 6)), 0);
  ASSERT_EQ(rte_pktmbuf_chain(sent[3], make_frame(platform, 7)), 0);
  ASSERT_EQ(platform.transmit_burst(sent), 4U);

  std::array<rte_mbuf*, 32> received;
  ASSERT_EQ(platform.receive_burst(received), 2U);
  EXPECT_EQ(platform.data(received[0])[0], 1);
  EXPECT_EQ(platform.data(received[1])[0], 3);
  EXPECT_EQ(platform.take_refused(), 2U);
  EXPECT_EQ(platform.take_refused(), 0U) << "each is told once";
  platform.release(received[0]);
  platform.release(received[1]);
  ASSERT_EQ(shared_pool().available(), shared_pool().capacity());

  // What is taken next is nothing but itself (other threads' caches may keep some of the rest).
  std::vector<rte_mbuf*> all;
  while (rte_mbuf* packet = platform.allocate()) all.push_back(packet);
  EXPECT_GT(all.size(), 8U);
  for (rte_mbuf* packet : all) {
    EXPECT_EQ(packet->nb_segs, 1);
    EXPECT_EQ(packet->next, nullptr);
    platform.release(packet);
  }
}

TEST_F(PlatformTest, AWorkerWithoutAQueueSendsThroughTheOwnersNextReceive) {
  DpdkPlatform owner = make(0, 1);
  DpdkPlatform other = make(1, 1);
  std::array<rte_mbuf*, 3> sent = {make_frame(other, 7), make_frame(other, 8),
                                   make_frame(other, 9)};
  EXPECT_EQ(other.transmit_burst(sent), 2U) << "the relay ring holds two";
  std::array<rte_mbuf*, 32> received;
  EXPECT_EQ(other.receive_burst(received), 0U);
  ASSERT_EQ(owner.receive_burst(received), 2U);
  EXPECT_EQ(owner.data(received[0])[0], 7);
  EXPECT_EQ(owner.data(received[1])[0], 8);
  owner.release(received[0]);
  owner.release(received[1]);
  other.release(sent[2]);
}

TEST_F(PlatformTest, WhatTheControlThreadAnnouncesIsSentByTheFirstWorkersNextReceive) {
  DpdkPlatform first = make(0, 2);
  DpdkPlatform second = make(1, 2);
  ASSERT_TRUE(rings.announcements().push(make_frame(second, 7)));
  std::array<rte_mbuf*, 32> received;
  EXPECT_EQ(second.receive_burst(received), 0U);
  EXPECT_EQ(rings.announcements().size(), 1U) << "one ring, one consumer";
  ASSERT_EQ(first.receive_burst(received), 1U);
  EXPECT_EQ(first.data(received[0])[0], 7);
  first.release(received[0]);
}

TEST_F(PlatformTest, HandoversArriveInOrderUntilTheRingIsFull) {
  DpdkPlatform first = make(0, 2);
  DpdkPlatform second = make(1, 2);
  rte_mbuf* packet = make_frame(first, 3);
  EXPECT_TRUE(first.hand_over(1, handover_of(HandoverKind::kDatagram, packet)));
  Handover<rte_mbuf> request = handover_of(HandoverKind::kKeyframeRequest, nullptr);
  request.stream = StreamHandle(77, 1);
  EXPECT_TRUE(first.hand_over(1, request));
  EXPECT_FALSE(first.hand_over(1, handover_of(HandoverKind::kKeyframeRequest, nullptr)));

  std::array<Handover<rte_mbuf>, 4> handovers;
  EXPECT_EQ(first.receive_handovers(handovers), 0U);
  ASSERT_EQ(second.receive_handovers(handovers), 2U);
  EXPECT_EQ(handovers[0].packet, packet);
  EXPECT_EQ(handovers[1].stream, StreamHandle(77, 1));
  second.release(packet);
}

TEST_F(PlatformTest, MetadataRidesWithThePacket) {
  DpdkPlatform first = make(0, 2);
  DpdkPlatform second = make(1, 2);
  rte_mbuf* packet = make_frame(first, 3);
  first.metadata(packet).arrival = 0x1'0000'0001;
  std::memset(first.data(packet), 0xFF, kPacketBytesMax);
  first.hand_over(1, handover_of(HandoverKind::kDatagram, packet));
  std::array<Handover<rte_mbuf>, 1> handovers;
  ASSERT_EQ(second.receive_handovers(handovers), 1U);
  EXPECT_EQ(second.metadata(handovers[0].packet).arrival, 0x1'0000'0001);
  second.release(handovers[0].packet);
}

TEST_F(PlatformTest, ChecksumsAreGoodOnlyIfTheDeviceVerifiedBoth) {
  DpdkPlatform platform = make(0, 2);
  rte_mbuf* packet = make_frame(platform, 0);
  auto* ethernet = reinterpret_cast<rte_ether_hdr*>(platform.data(packet));
  ethernet->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
  EXPECT_FALSE(platform.has_good_checksums(packet));
  packet->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_GOOD;
  EXPECT_FALSE(platform.has_good_checksums(packet)) << "the IPv4 header was not verified";
  packet->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_GOOD | RTE_MBUF_F_RX_IP_CKSUM_GOOD;
  EXPECT_TRUE(platform.has_good_checksums(packet));
  packet->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_GOOD;
  ethernet->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV6);
  EXPECT_TRUE(platform.has_good_checksums(packet)) << "IPv6 has no header checksum";
  packet->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_NONE | RTE_MBUF_F_RX_IP_CKSUM_GOOD;
  EXPECT_FALSE(platform.has_good_checksums(packet));
  platform.release(packet);
}

TEST_F(PlatformTest, TheControlThreadIsWokenOncePerIterationWithNewsAndOnlyIfAsleep) {
  DpdkPlatform platform = make(0, 2);
  qsbr.register_worker(0);
  qsbr.go_online(0);
  doorbell->declare_asleep();
  platform.report_quiescent();
  EXPECT_EQ(doorbell->ring_count(), 0U) << "no news";
  platform.send_event(Event{});
  platform.send_event(Event{});
  EXPECT_EQ(doorbell->ring_count(), 0U) << "not before the end of the iteration";
  platform.report_quiescent();
  EXPECT_EQ(doorbell->ring_count(), 1U);
  platform.report_quiescent();
  EXPECT_EQ(doorbell->ring_count(), 1U);
}

TEST_F(PlatformTest, CommandsAndDatagramsOfTheControlThreadAreItsOwn) {
  DpdkPlatform first = make(0, 2);
  DpdkPlatform second = make(1, 2);
  rings.control(1).commands.push(Command(CommandKind::kRequestKeyframe));
  OutgoingDatagram datagram{};
  datagram.bytes = 11;
  rings.control(1).outgoing.push(datagram);

  std::array<Command, 8> commands;
  EXPECT_EQ(first.receive_commands(commands), 0U);
  ASSERT_EQ(second.receive_commands(commands), 1U);
  EXPECT_EQ(commands[0].kind, CommandKind::kRequestKeyframe);
  OutgoingDatagram received{};
  EXPECT_FALSE(first.receive_outgoing(received));
  ASSERT_TRUE(second.receive_outgoing(received));
  EXPECT_EQ(received.bytes, 11);
}

}  // namespace
}  // namespace penstock
