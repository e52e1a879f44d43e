// Several workers on one receive queue: packets reach the owner of their port, media reaches the
// receivers' workers with one ring entry each, and what does not fit is counted and released.
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

class HandoverTest : public WorkerTest {
 protected:
  HandoverTest() : WorkerTest({.workers = 3}) {}
};

TEST_F(HandoverTest, TheDestinationPortNamesTheOwner) {
  TestPeer& peer = add_connected_peer(2);
  add_stream(peer);
  receive_rtp(peer, {});
  run();
  EXPECT_EQ(stats[0].handed_over.get(), 1U);
  EXPECT_EQ(stats[2].media_received.get(), 1U);
  EXPECT_EQ(all_drops(), 0U);
}

TEST_F(HandoverTest, APortThatNoWorkerOwnsIsCounted) {
  TestPeer& peer = add_connected_peer(0);
  for (const int port : {kPortBase + 3, kPortBase - 1})
    receive(peer.address, static_cast<std::uint16_t>(port), check());
  run();
  EXPECT_EQ(drops(DropReason::kUdpPortUnknown), 2U);
}

TEST_F(HandoverTest, AFlowIsKnownAtItsOwnerOnly) {
  TestPeer& peer = add_connected_peer(1);
  receive(peer.address, kPortBase, srtp(peer, {}));
  run();
  EXPECT_EQ(drops(DropReason::kFlowUnknown), 1U);
}

TEST_F(HandoverTest, MediaGoesOncePerWorkerNotPerReceiver) {
  TestPeer& publisher = add_connected_peer(0);
  const auto source = add_stream(publisher);
  std::vector<TestPeer*> receivers;
  for (std::uint32_t i = 0; i < 4; ++i) {
    receivers.push_back(&add_connected_peer(static_cast<WorkerIndex>(1 + i % 2)));
    subscribe(*receivers.back(), source, 0x9000 + i);
  }
  const std::uint64_t before = stats[0].handed_over.get();
  receive_rtp(publisher, {});
  run();
  EXPECT_EQ(stats[0].handed_over.get(), before + 2);
  EXPECT_EQ(stats[1].media_forwarded.get(), 2U);
  EXPECT_EQ(stats[2].media_forwarded.get(), 2U);
  EXPECT_EQ(take_sent().size(), 4U);
  EXPECT_EQ(host.packets().live(), 0U);
}

TEST_F(HandoverTest, AFullRingIsCountedAndReleasesThePacket) {
  TestPeer& publisher = add_connected_peer(0);
  TestPeer& near = add_connected_peer(0);
  TestPeer& far = add_connected_peer(1);
  const auto source = add_stream(publisher);
  subscribe(near, source, 1);
  subscribe(far, source, 2);
  host.set_limits({.ring_entries = 3});
  is_stopped[1] = true;
  for (std::uint64_t i = 0; i < 10; ++i)
    receive_rtp(publisher, {.sequence = TestRtp{}.sequence + i});
  run();
  EXPECT_EQ(drops(DropReason::kHandoverRingFull), 7U);
  EXPECT_EQ(take_media(near).size(), 10U) << "others are not held up";
  is_stopped[1] = false;
  run();
  EXPECT_EQ(take_media(far).size(), 3U);
  EXPECT_EQ(host.packets().live(), 0U);
}

TEST_F(HandoverTest, ADatagramForAWorkerWhoseRingIsFullIsCounted) {
  TestPeer& peer = add_connected_peer(1);
  host.set_limits({.ring_entries = 0});
  receive_rtp(peer, {});
  run();
  EXPECT_EQ(drops(DropReason::kHandoverRingFull), 1U);
}

TEST_F(HandoverTest, MediaInARingWhoseStreamIsDestroyedMeanwhileIsCountedAndReleased) {
  TestPeer& publisher = add_connected_peer(0);
  TestPeer& far = add_connected_peer(1);
  const auto source = add_stream(publisher);
  subscribe(far, source);
  is_stopped[1] = true;
  receive_rtp(publisher, {});
  run();
  registry->destroy_stream(source, now);
  is_stopped[1] = false;
  run();
  EXPECT_EQ(drops(DropReason::kStreamClosed), 1U);
  EXPECT_TRUE(take_media(far).empty());
  EXPECT_EQ(host.packets().live(), 0U);
}

TEST_F(HandoverTest, AKeyframeWishCrossesToThePublishersWorker) {
  TestPeer& publisher = add_connected_peer(2);
  registry->set_transport_options(publisher.transport, {.is_reduced_size = true});
  const auto source = add_stream(publisher);
  receive_rtp(publisher, {});
  run_for(kHistoryAge + 10 * kMillisecond);
  static_cast<void>(take_sent());
  TestPeer& receiver = add_connected_peer(1);
  subscribe(receiver, source);
  const auto reports = take_rtcp(publisher);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0][1], 206);
  EXPECT_EQ(stats[2].keyframes_requested.get(), 1U);
}

}  // namespace
}  // namespace penstock
