// Goal: however a session of WHIP or WHEP ends, nothing of it stays, and others are told. Method:
// each way in which one ends, in the simulator, which looks for what is left behind.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"
#include "tests/sim/whip_client.h"

namespace penstock::sim {
namespace {

class WhipEnds : public testing::Test {
 protected:
  explicit WhipEnds(Timestamp = 0) : sim({.seed = 641}) {
    before = sim.server().census();
    encoder.publish();
    sim.run_for(kSecond);
    player.play();
    sim.run_for(2 * kSecond);
  }

  // The session's URL is no longer one.
  void expect_gone(WhipClient& client) {
    client.ask(HttpApiRequest::Method::kGet, {}, {}, {});
    sim.run_for(100 * kMillisecond);
    EXPECT_EQ(client.status(), 404U);
  }

  Simulation sim;
  WhipClient encoder{sim, HttpApi::kWhip, kRoom};
  WhipClient player{sim, HttpApi::kWhep, kRoom};
  Census before;
};

TEST_F(WhipEnds, ByDelete) {
  for (WhipClient* client : {&player, &encoder}) {
    client->end();
    sim.run_for(200 * kMillisecond);
    EXPECT_EQ(client->status(), 200U);
    EXPECT_EQ(client->webrtc().dtls_state(), DtlsState::kClosed);
    expect_gone(*client);
  }
  expect_census(sim, before);
}

TEST_F(WhipEnds, WhenNothingComesForTheTimeOfConsent) {
  for (WhipClient* client : {&player, &encoder}) {
    client->set_links({.is_cut = true}, {.is_cut = true});
    sim.run_for(35 * kSecond);
    expect_gone(*client);
  }
  expect_census(sim, before);
}

TEST_F(WhipEnds, WithADtlsGoodbye) {
  for (WhipClient* client : {&player, &encoder}) {
    client->client()->webrtc->close(sim.now());
    sim.run_for(kSecond);
    expect_gone(*client);
  }
  expect_census(sim, before);
}

TEST_F(WhipEnds, WhenTheRoomIsDestroyedOrThePublisherKicked) {
  Person& alice = sim.join(kRoom, "alice");
  alice.create_room(kDoomed);
  sim.run_for(kSecond);
  WhipClient doomed(sim, HttpApi::kWhip, kDoomed, 2'000);
  WhipClient watcher(sim, HttpApi::kWhep, kDoomed);
  doomed.name(42);
  doomed.publish();
  sim.run_for(kSecond);
  watcher.play();
  sim.run_for(2 * kSecond);
  expect_plays(sim, watcher, 2'000);
  alice.say({{"request", "kick"}, {"room", kDoomed}, {"id", 42}});
  sim.run_for(kSecond);
  expect_gone(doomed);
  doomed.publish();
  sim.run_for(kSecond);
  EXPECT_EQ(doomed.status(), 201U) << doomed.last().body;
  alice.destroy_room(kDoomed);
  sim.run_for(kSecond);
  expect_gone(doomed);
  expect_gone(watcher);
  EXPECT_TRUE(alice.errors().empty()) << alice.errors().front();
}

TEST_F(WhipEnds, PostsThatNeverBeginIceAreGoneAfterHalfAMinute) {
  std::vector<std::unique_ptr<WhipClient>> silent;
  for (int i = 0; i < 20; ++i) {
    silent.push_back(std::make_unique<WhipClient>(sim, HttpApi::kWhep, kRoom));
    silent.back()->play();
    silent.back()->set_links({.is_cut = true}, {.is_cut = true});
  }
  sim.run_for(5 * kSecond);
  EXPECT_EQ(sim.server().whip().counts().sessions, 22U);
  sim.run_for(30 * kSecond);
  EXPECT_EQ(sim.server().whip().counts().sessions, 2U);
  expect_plays(sim, player, encoder.watermark());
}

TEST_F(WhipEnds, AnOfferOfOursThatIsNotAnsweredIsGoneAfterHalfAMinute) {
  WhipClient undecided(sim, HttpApi::kWhep, kRoom);
  undecided.ask(HttpApiRequest::Method::kPost, {std::to_string(kRoom)},
                {{"Content-Type", "application/sdp"}}, {});
  sim.run_for(5 * kSecond);
  EXPECT_EQ(undecided.status(), 406U);
  EXPECT_EQ(sim.server().whip().counts().sessions, 3U);
  sim.run_for(30 * kSecond);
  EXPECT_EQ(sim.server().whip().counts().sessions, 2U);
}

TEST_F(WhipEnds, APlayerSeesWhoeverPublishesNext) {
  player.listen();
  sim.run_for(kSecond);
  encoder.end();
  sim.run_for(2 * kSecond);
  EXPECT_TRUE(player.events().contains("event: inactive")) << player.events();
  WhipClient next(sim, HttpApi::kWhip, kRoom, 2'000);
  next.publish();
  sim.run_for(3 * kSecond);
  const test::ReceivedStream* video = stream_at(player, MediaKind::kVideo);
  ASSERT_NE(video, nullptr);
  EXPECT_EQ(video->sender, 2'000U);
  EXPECT_EQ(video->lost(), 0U);
  EXPECT_EQ(video->duplicates, 0U);
  EXPECT_GE(video->last_at + 200 * kMillisecond, sim.now());
  const std::size_t inactive = player.events().rfind("event: inactive");
  EXPECT_NE(player.events().find("event: active", inactive), std::string::npos) << player.events();
  EXPECT_EQ(sim.server().whip().stats().resumed, 1U);
  next.end();
  player.end();
  sim.run_for(kSecond);
  expect_census(sim, before);
}

TEST_F(WhipEnds, APlayerWithoutAPublisherEndsAfterHalfAMinute) {
  player.listen();
  encoder.end();
  sim.run_for(20 * kSecond);
  EXPECT_EQ(sim.server().whip().counts().sessions, 1U);
  sim.run_for(15 * kSecond);
  EXPECT_TRUE(player.events().contains("event: reconnect")) << player.events();
  expect_gone(player);
  expect_census(sim, before);
}

TEST_F(WhipEnds, WithTheServer) {
  // The simulation ends while both are there.
  EXPECT_EQ(sim.server().whip().counts().sessions, 2U);
}

}  // namespace
}  // namespace penstock::sim
