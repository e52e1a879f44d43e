// DTLS in IP fragments, through the worker: whose it is, and that nothing else comes that way.
#include "dataplane/net/udp_writer.h"
#include "tests/support/ip_fragments.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

class FragmentsTest : public WorkerTest {
 protected:
  explicit FragmentsTest(WorkerIndex count = 1) : WorkerTest({.workers = count}) {}

  static std::vector<std::uint8_t> record(std::size_t bytes) {
    std::vector<std::uint8_t> dtls(bytes);
    for (std::size_t i = 0; i < bytes; ++i) dtls[i] = static_cast<std::uint8_t>(i * 11 % 249);
    dtls[0] = 22;
    dtls[1] = 0xFE;
    dtls[2] = 0xFD;
    return dtls;
  }
  std::vector<std::vector<std::uint8_t>> fragments(const SocketAddress& from, WorkerIndex to,
                                                   std::span<const std::uint8_t> datagram,
                                                   std::size_t bytes = 1'480) {
    const auto port = static_cast<std::uint16_t>(kPortBase + to);
    const Path path{
        .remote_mac = addresses.mac, .remote = {addresses.ipv4.address, port}, .local = from};
    const UdpPathTemplate headers =
        make_udp_path_template(path, kPeerMac, {.ipv4_udp_checksum = Ipv4UdpChecksum::kCompute});
    std::vector<std::uint8_t> frame(headers.header_bytes + datagram.size());
    std::copy(datagram.begin(), datagram.end(), frame.begin() + headers.header_bytes);
    write_udp_headers(headers, frame.data(), datagram.size());
    return test::ip_fragments(frame, bytes, ++identification);
  }
  void receive_fragments(const TestPeer& peer, std::span<const std::uint8_t> datagram) {
    for (auto& frame : fragments(peer.address, peer.worker, datagram))
      receive_frame(std::move(frame));
    run();
  }

  std::uint32_t identification = 0;
};

TEST_F(FragmentsTest, AFlightLargerThanAFrameGoesToTheControlPlaneWhole) {
  TestPeer& peer = add_peer();
  add_flow(peer);
  for (const std::size_t bytes : {1'000U, 1'473U, 4'096U, 9'000U}) {
    punted.clear();
    receive_fragments(peer, record(bytes));
    ASSERT_EQ(punted.size(), 1U) << bytes;
    EXPECT_EQ(punted[0].bytes, record(bytes));
    EXPECT_EQ(punted[0].transport, peer.transport);
    EXPECT_EQ(punted[0].path.remote, peer.address);
  }
  EXPECT_EQ(all_drops(), 0U);
}

TEST_F(FragmentsTest, FromWhoHasNoValidatedPairNothingIsKept) {
  TestPeer& peer = add_peer();
  receive_fragments(peer, record(4'096));
  EXPECT_EQ(drops(DropReason::kIpFragment), 3U);
  add_flow(peer);
  SocketAddress other_port = peer.address;
  other_port.port = 1;
  for (auto& frame : fragments(other_port, 0, record(4'096))) receive_frame(std::move(frame));
  run();
  EXPECT_EQ(drops(DropReason::kFlowUnknown), 1U) << "another port of the same host";
  registry->remove_flow(
      peer.transport,
      {.remote_mac = {}, .remote = peer.address, .local = {addresses.ipv4.address, kPortBase}});
  run();
  receive_fragments(peer, record(4'096));
  EXPECT_EQ(drops(DropReason::kIpFragment), 6U);
  EXPECT_TRUE(punted.empty());
}

TEST_F(FragmentsTest, MediaAndStunDoNotComeThatWay) {
  TestPeer& peer = add_connected_peer();
  add_stream(peer);
  TestRtp rtp{.mid = "v"};
  rtp.payload.resize(1'000);
  for (auto& frame : fragments(peer.address, 0, srtp(peer, rtp), 512))
    receive_frame(std::move(frame));
  for (auto& frame : fragments(peer.address, 0, check(), 64)) receive_frame(std::move(frame));
  run();
  EXPECT_EQ(drops(DropReason::kFragmentNotDtls), 2U);
  EXPECT_EQ(all_drops(), 2U);
  EXPECT_EQ(stats[0].media_received.get(), 0U);
  EXPECT_TRUE(punted.empty());
}

TEST_F(FragmentsTest, AWrongChecksumIsFound) {
  TestPeer& peer = add_peer();
  add_flow(peer);
  auto frames = fragments(peer.address, 0, record(4'096));
  frames[1].back() ^= 1;
  for (auto& frame : frames) receive_frame(std::move(frame));
  run();
  EXPECT_EQ(drops(DropReason::kUdpBadChecksum), 1U);
  EXPECT_TRUE(punted.empty());
}

TEST_F(FragmentsTest, WhatStaysIncompleteIsGivenUpAndCounted) {
  TestPeer& peer = add_peer();
  add_flow(peer);
  receive_frame(fragments(peer.address, 0, record(4'096))[0]);
  run_for(kReassemblyTimeout + 100 * kMillisecond);
  EXPECT_EQ(drops(DropReason::kFragmentTimeout), 1U);
}

TEST_F(FragmentsTest, OfADatagramThatFindsNoRoomInTheRingNothingIsDelivered) {
  TestPeer& peer = add_peer();
  add_flow(peer);
  is_control_stopped = true;
  host.set_limits({.ring_entries = 2});
  receive_fragments(peer, record(4'096));
  EXPECT_EQ(drops(DropReason::kPuntRingFull), 1U);
  is_control_stopped = false;
  host.set_limits({});
  run();
  EXPECT_TRUE(punted.empty());
  receive_fragments(peer, record(4'096));
  ASSERT_EQ(punted.size(), 1U) << "and the next is whole again";
  EXPECT_EQ(punted[0].bytes, record(4'096));
}

class FragmentsOfWorkersTest : public FragmentsTest {
 protected:
  FragmentsOfWorkersTest() : FragmentsTest(3) {}
};

TEST_F(FragmentsOfWorkersTest, TheWorkerOfTheFlowPutsThemTogetherWhoeverReceivesThem) {
  TestPeer& peer = add_peer(2);
  add_flow(peer);
  receive_fragments(peer, record(4'096));  // by worker 0
  ASSERT_EQ(punted.size(), 1U);
  EXPECT_EQ(punted[0].worker, 2);
  EXPECT_EQ(punted[0].bytes, record(4'096));
  EXPECT_EQ(all_drops(), 0U);
}

TEST_F(FragmentsOfWorkersTest, OfAHostWithFlowsOnTwoWorkersTheOneWhosePortItIsTakesIt) {
  TestPeer& one = add_peer(1);
  TestPeer& two = add_peer(2);
  two.address = {one.address.ip, 9'001};
  add_flow(one);
  add_flow(two);
  receive_fragments(two, record(4'096));
  ASSERT_EQ(punted.size(), 1U);
  EXPECT_EQ(punted[0].transport, two.transport);
  EXPECT_EQ(drops(DropReason::kFragmentOfOtherWorker), 1U);
  EXPECT_EQ(all_drops(), 1U);
}

}  // namespace
}  // namespace penstock
