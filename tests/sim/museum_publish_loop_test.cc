// Goal: publishing and unpublishing for ever, and renegotiation that takes streams away under their
// subscribers, leave exactly what is there to be seen. Method: loops, with a census after each
// round.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"
#include "tests/sim/wire.h"

namespace penstock::sim {
namespace {

TEST(PublishLoop, PublishingAndUnpublishingOverAndOverEndsWhereItBegan) {
  Simulation sim({.seed = 371, .workers = 2, .room_peers_per_worker_max = 1});
  Person& viewer = sim.join(kRoom, "viewer");
  Person& talker = sim.join(kRoom, "talker");
  sim.run_for(kSecond);
  viewer.subscribe_to_everyone();
  talker.publish();
  sim.run_for(kSecond);
  talker.unpublish();
  sim.run_for(kSecond);
  // The viewer's connection stays, with two m-lines that carry nothing.
  const Census before = sim.server().census();
  for (int round = 0; round < 20; ++round) {
    talker.publish();
    sim.run_for(round * 13 * kMillisecond);  // cut short at every stage
    talker.unpublish();
    sim.run_for(200 * kMillisecond);
    expect_census(sim, before);
    if (testing::Test::HasFailure()) break;
  }
  EXPECT_EQ(viewer.mlines(), 2U);
}

TEST(PublishLoop, TwiceInTheSameMillisecondIsOnce) {
  Simulation sim({.seed = 372});
  Person& talker = sim.join(kRoom, "talker");
  sim.run_for(kSecond);
  const Census before = sim.server().census();
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 3; ++i) {
      talker.publish();
      talker.unpublish();
    }
    sim.run_for(500 * kMillisecond);
    expect_census(sim, before);
  }
}

// The offer of `sources`, but with only those m-lines that `there` says; the others are stopped.
std::string with_lines(std::string sdp, unsigned there) {
  std::size_t line = 0;
  for (std::size_t at = sdp.find("o 9 UDP"); at != std::string::npos;
       at = sdp.find("o 9 UDP", at + 1), ++line) {
    if ((there & (1U << line)) == 0) sdp.replace(at, 3, "o 0");
  }
  return sdp;
}

TEST(Renegotiation, TakesStreamsAwayUnderTheirSubscribersInEveryCombination) {
  Simulation sim({.seed = 373, .workers = 2, .room_peers_per_worker_max = 1});
  Wire wire(sim, 0x5000);
  wire.create_session();
  const std::uint64_t handle = wire.attach();
  wire.ask_room(handle, {{"request", "join"}, {"ptype", "publisher"}, {"room", kRoom}});
  SimClient& client = sim.add_client({}, {});
  const std::string offer = client.webrtc->make_publish_offer({audio(1), video(1), video(1)});
  const auto negotiate = [&](unsigned active) {
    const json::object answer =
        wire.ask_room(handle, {{"request", "configure"}},
                      {{"type", "offer"}, {"sdp", with_lines(offer, active)}});
    EXPECT_EQ(error_code(answer), 0) << active;
    return answer;
  };
  sim.set_peer(client, handle);
  const json::object first_answer = negotiate(0b111);
  ASSERT_TRUE(client.webrtc->accept_publish_answer(first_answer.at("jsep").at("sdp").as_string(),
                                                   sim.now()));
  client.webrtc->start_media(sim.now());
  start_call(sim, 2);
  sim.run_for(kSecond);
  const Census all = sim.server().census();
  EXPECT_EQ(all.at("streams live"), 7U);
  // From each set of streams to each other one, at once and with time for the subscribers to
  // follow.
  for (const Duration pause : {Duration{0}, 30 * kMillisecond, 300 * kMillisecond}) {
    for (unsigned first = 0; first < 8; ++first) {
      for (unsigned then = 0; then < 8; ++then) {
        SCOPED_TRACE(testing::Message() << first << " then " << then);
        negotiate(first);
        sim.run_for(pause);
        negotiate(then);
        sim.run_for(pause);
        EXPECT_EQ(sim.server().census().at("streams live"),
                  4U + static_cast<std::size_t>(__builtin_popcount(then)));
      }
    }
  }
  negotiate(0b111);
  sim.run_for(kSecond);
  const Census now = sim.server().census();
  EXPECT_EQ(now.at("streams live"), 7U);
  EXPECT_EQ(now.at("peers"), all.at("peers"));
  EXPECT_TRUE(sees_now(sim, *sim.people()[0], *sim.people()[1]));
  wire.ask({{"janus", "destroy"}});
  sim.run_for(kSecond);
  EXPECT_EQ(sim.server().census().at("streams live"), 4U);
}

}  // namespace
}  // namespace penstock::sim
