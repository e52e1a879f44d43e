// Goal: who comes by WHIP is a participant like every other, and who plays by WHEP sees everybody.
// Method: encoders and players over plain HTTP in the simulator, beside people of the Janus API, in
// one room.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"
#include "tests/sim/whip_client.h"

namespace penstock::sim {
namespace {

TEST(Whip, APublisherIsPlayedByWhepAndSeenByJanus) {
  Simulation sim({.seed = 601});
  Person& bob = sim.join(kRoom, "bob");
  bob.subscribe_to_everyone();
  WhipClient encoder(sim, HttpApi::kWhip, kRoom);
  encoder.publish();
  sim.run_for(kSecond);
  ASSERT_EQ(encoder.status(), 201U) << encoder.last().body;
  EXPECT_TRUE(encoder.header("Location").starts_with("/whip/1234/session/"));
  WhipClient player(sim, HttpApi::kWhep, kRoom);
  player.play();
  sim.run_for(3 * kSecond);
  ASSERT_EQ(player.status(), 201U) << player.last().body;
  expect_plays(sim, player, encoder.watermark());
  EXPECT_EQ(stream_at(player, MediaKind::kVideo)->mid, "picture");
  ASSERT_NE(bob.subscriber(), nullptr);
  EXPECT_EQ(bob.subscriber()->webrtc->received().size(), 2U);
  for (const auto& [ssrc, stream] : bob.subscriber()->webrtc->received()) {
    EXPECT_EQ(stream.sender, encoder.watermark());
    EXPECT_EQ(stream.lost(), 0U);
  }
  encoder.end();
  player.end();
  sim.run_for(kSecond);
  EXPECT_EQ(player.status(), 200U);
  EXPECT_EQ(sim.server().whip().counts(), whip::Counts{});
}

TEST(Whip, AFirstPacketIsForwardedWithin200MsOfThePost) {
  Simulation sim({.seed = 602});
  Person& bob = sim.join(kRoom, "bob");
  bob.subscribe_to_everyone();
  sim.run_for(kSecond);
  WhipClient encoder(sim, HttpApi::kWhip, kRoom);
  const Timestamp posted_at = sim.now();
  encoder.publish();
  // Bob's own negotiation takes two more ways of its WebSocket: a player would be there already.
  ASSERT_TRUE(sim.run_until(
      [&] { return encoder.client() != nullptr && encoder.webrtc().media_sent() > 0; }, kSecond));
  EXPECT_LE(sim.now() - posted_at, 200 * kMillisecond);
  ASSERT_TRUE(sim.run_until(
      [&] { return bob.subscriber() != nullptr && !bob.subscriber()->webrtc->received().empty(); },
      kSecond));
}

TEST(Whip, WhepPlaysAPublisherOfTheJanusApiByName) {
  Simulation sim({.seed = 603});
  start_call(sim, 2);
  sim.run_for(2 * kSecond);
  for (const auto& person : sim.people()) {
    WhipClient player(sim, HttpApi::kWhep, kRoom);
    player.name(person->id());
    player.play();
    sim.run_for(2 * kSecond);
    ASSERT_EQ(player.status(), 201U) << player.last().body;
    expect_plays(sim, player, person->watermark());
    player.end();
    sim.run_for(kSecond);
  }
}

TEST(Whip, APlayerThatOffersNothingIsOfferedWhatThereIs) {
  Simulation sim({.seed = 604});
  WhipClient encoder(sim, HttpApi::kWhip, kRoom);
  encoder.publish();
  sim.run_for(kSecond);
  WhipClient player(sim, HttpApi::kWhep, kRoom);
  player.play({});
  sim.run_for(3 * kSecond);
  EXPECT_EQ(player.status(), 204U) << player.last().body;
  expect_plays(sim, player, encoder.watermark());
  EXPECT_EQ(sim.server().whip().stats().counter_offers, 1U);
  player.end();
  sim.run_for(kSecond);
}

TEST(Whip, CodecsThatAreNotSentAreAnsweredWithAnOffer) {
  Simulation sim({.seed = 605});
  WhipClient encoder(sim, HttpApi::kWhip, kRoom);
  encoder.publish();
  sim.run_for(kSecond);
  WhipClient player(sim, HttpApi::kWhep, kRoom);
  player.play({{.kind = MediaKind::kVideo, .mid = "0", .codecs = {"H264/90000"}}});
  sim.run_for(3 * kSecond);
  EXPECT_EQ(player.status(), 204U) << player.last().body;
  expect_plays(sim, player, encoder.watermark());
}

TEST(Whip, SimulcastIsPlayedAndALayerChosen) {
  Simulation sim({.seed = 606});
  WhipClient encoder(sim, HttpApi::kWhip, kRoom);
  const auto encoding = [&](std::string rid, std::uint16_t width) {
    test::SyntheticSourceConfig config = video(encoder.watermark());
    config.rid = std::move(rid);
    config.width = width;
    config.height = static_cast<std::uint16_t>(width * 3 / 4);
    config.packets_per_frame = width / 160;
    return config;
  };
  encoder.publish(
      {audio(encoder.watermark()), encoding("l", 160), encoding("m", 320), encoding("h", 640)});
  sim.run_for(kSecond);
  ASSERT_EQ(encoder.status(), 201U) << encoder.last().body;
  WhipClient player(sim, HttpApi::kWhep, kRoom);
  player.play();
  sim.run_for(3 * kSecond);
  ASSERT_NE(stream_at(player, MediaKind::kVideo), nullptr);
  EXPECT_EQ(stream_at(player, MediaKind::kVideo)->width, 640U);
  player.listen();
  sim.run_for(kSecond);
  EXPECT_TRUE(player.events().contains("event: active")) << player.events();
  EXPECT_TRUE(
      player.events().contains(R"("picture":{"active":[{"id":"0","simulcastIdx":0,"bitrate":26)"))
      << player.events();
  EXPECT_TRUE(player.events().contains(R"({"id":"2","simulcastIdx":2,"bitrate":10)"))
      << player.events();
  EXPECT_TRUE(player.events().contains(R"("current":{"spatialLayerId":2)")) << player.events();
  const auto choose = [&](std::string choice) {
    player.ask(HttpApiRequest::Method::kPost, {"+", "layer"},
               {{"Content-Type", "application/json"}}, std::move(choice));
    sim.run_for(3 * kSecond);
    return stream_at(player, MediaKind::kVideo)->width;
  };
  EXPECT_EQ(choose(R"({"mediaId":"picture","encodingId":"0"})"), 160U);
  EXPECT_TRUE(player.events().contains(R"("current":{"spatialLayerId":0)")) << player.events();
  EXPECT_EQ(choose(R"({"mediaId":"picture","maxSpatialLayerId":1})"), 320U);
  EXPECT_EQ(choose("{}"), 640U);
  EXPECT_EQ(choose(R"({"mediaId":"picture","maxWidth":320,"maxHeight":240})"), 320U);
  EXPECT_EQ(choose(R"({"mediaId":"picture","maxWidth":300,"maxHeight":300})"), 320U)
      << "as many pixels";
  EXPECT_EQ(choose(R"({"mediaId":"picture","maxHeight":100})"), 160U);
  player.end();
  sim.run_for(kSecond);
}

}  // namespace
}  // namespace penstock::sim
