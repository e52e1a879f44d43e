// Goal: publishers without a transport on the real data plane: who subscribes to one connects and
// gets nothing, can switch to a real publisher and back, and everything live has an owner at every
// step. Method: peers made through Media, without Janus, so that the test is the owner.
#include <gtest/gtest.h>

#include "tests/sim/simulation.h"

namespace penstock::sim {
namespace {

constexpr PeerId kDummy = 1'000'001;
constexpr PeerId kSender = 1'000'002;
constexpr PeerId kReceiver = 1'000'003;
constexpr PeerPlacement kPlacement{.room_key = 77};

class DummyPublishing : public testing::Test {
 protected:
  ~DummyPublishing() override {
    for (const PeerId peer : {kDummy, kSender, kReceiver}) media().close(peer, sim.now());
    expect_owned();
    sim.run_for(kSecond);
  }
  PeerConnections& media() { return sim.server().media(); }

  std::vector<PublishedStream> publish_dummy() {
    const std::vector<DummyStream> streams = {{Codec::kOpus, ""}, {Codec::kVp8, ""}};
    return media().publish_dummy(kDummy, kPlacement, streams, sim.now()).value();
  }
  std::vector<PublishedStream> publish_real() {
    sender = &sim.add_client({}, {});
    sim.set_peer(*sender, kSender);
    PublishPolicy policy;
    policy.audio_codecs = {Codec::kOpus};
    policy.video_codecs = {Codec::kVp8};
    auto result =
        media()
            .publish(kSender, kPlacement, sender->webrtc->make_publish_offer({audio(1), video(1)}),
                     policy, sim.now())
            .value();
    EXPECT_TRUE(sender->webrtc->accept_publish_answer(result.answer_sdp, sim.now()));
    sim.run_for(2 * kSecond);
    sender->webrtc->start_media(sim.now());
    return std::move(result.streams);
  }
  // The receiver's m-lines show these streams from now on.
  void show(const std::vector<PublishedStream>& streams) {
    if (receiver == nullptr) {
      receiver = &sim.add_client({}, {});
      sim.set_peer(*receiver, kReceiver);
    }
    std::vector<SubscriberMline> mlines;
    for (const PublishedStream& stream : streams) {
      SubscriberMline mline;
      mline.kind = stream.kind;
      mline.is_active = true;
      mline.source = stream.handle;
      mline.codec = stream.codec;
      mline.fmtp = stream.fmtp;
      mlines.push_back(mline);
    }
    const auto offer = media().offer(kReceiver, kPlacement, mlines, false, sim.now());
    ASSERT_TRUE(offer.has_value()) << offer.error().text;
    const auto answer = receiver->webrtc->answer_subscription(*offer, sim.now());
    ASSERT_TRUE(media().accept_answer(kReceiver, answer, sim.now()).has_value());
    expect_owned();
    sim.run_for(2 * kSecond);
  }
  std::uint64_t packets_received() const {
    std::uint64_t packets = 0;
    if (receiver == nullptr) return packets;
    for (const auto& [ssrc, stream] : receiver->webrtc->received()) packets += stream.packets;
    return packets;
  }
  // Every object of the data plane and every peer belongs to one of the three.
  void expect_owned() {
    OwnershipWalk walk;
    sim.server().registry().expect_pools(walk);
    media().expect_pools(walk);
    for (const PeerId peer : {kDummy, kSender, kReceiver}) media().walk_peer(walk, peer);
    EXPECT_EQ(walk.findings(), std::vector<std::string>{});
  }

  Simulation sim{{.seed = 71, .workers = 2, .room_peers_per_worker_max = 1}};
  SimClient* sender = nullptr;
  SimClient* receiver = nullptr;
};

TEST_F(DummyPublishing, WhoSubscribesToItConnectsAndGetsNothing) {
  const auto dummy = publish_dummy();
  show(dummy);
  for (int i = 0; i < 5; ++i) {
    media().request_keyframe(dummy[1].handle);
    sim.run_for(kSecond);
  }
  EXPECT_TRUE(receiver->webrtc->is_connected());
  EXPECT_EQ(packets_received(), 0U);
  sim.run_for(60 * kSecond);
  EXPECT_TRUE(media().exists(kDummy)) << "nothing ends it but close()";
  EXPECT_TRUE(media().exists(kReceiver));
}

TEST_F(DummyPublishing, ASubscriberSwitchesToARealPublisherAndBack) {
  const auto dummy = publish_dummy();
  const auto real = publish_real();
  for (int round = 0; round < 3; ++round) {
    const std::uint64_t before = packets_received();
    show(dummy);
    EXPECT_EQ(packets_received(), before);
    show(real);
    EXPECT_GT(packets_received(), before + 50);
    show(dummy);
    const std::uint64_t after = packets_received();
    sim.run_for(2 * kSecond);
    EXPECT_EQ(packets_received(), after);
  }
}

TEST_F(DummyPublishing, ItEndsUnderItsSubscribers) {
  show(publish_dummy());
  media().close(kDummy, sim.now());
  sim.run_for(2 * kSecond);
  EXPECT_TRUE(media().exists(kReceiver));
  const auto again = publish_dummy();
  show(again);
  EXPECT_EQ(packets_received(), 0U);
}

}  // namespace
}  // namespace penstock::sim
