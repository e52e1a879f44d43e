// Goal: a worker that stands still delays the reuse of memory, never correctness: the
// others forward without loss; what is destroyed falls silent
// at once; what waits to be freed is bounded, because creates are refused when half of it is full,
// with an error that says why; and when the worker runs again all is reclaimed and creates work.
// Method: one worker does not run for 1 ms, 100 ms and 10 s of virtual time, under calls, and at
// every phase of a call's set-up and end.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"
#include "tests/sim/wire.h"

namespace penstock::sim {
namespace {

constexpr const char* kRefusal =
    "what was closed cannot be freed yet, because a worker does not report; try again";

class Stall : public testing::TestWithParam<Duration> {};

TEST_P(Stall, OfOneWorkerCostsTheCallsOfTheOthersNothing) {
  Simulation sim({.seed = 381, .workers = 3});
  start_call(sim, 3, kRoom);  // a room lives on one worker while it fits
  sim.run_for(2 * kSecond);
  start_call(sim, 2, kOtherRoom);
  sim.run_for(2 * kSecond);
  const WorkerIndex stalled = sim.server().stats(1).media_received.get() > 0 ? 1 : 2;
  ASSERT_GT(sim.server().stats(stalled).media_received.get(), 0U);
  sim.server().stop_worker(stalled, true);
  sim.run_for(GetParam());
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      EXPECT_TRUE(a == b || sees_now(sim, *sim.people()[a], *sim.people()[b]));
    }
  }
  sim.server().stop_worker(stalled, false);
  sim.run_for(2 * kSecond);
  EXPECT_TRUE(sees_now(sim, *sim.people()[3], *sim.people()[4]));
  // Not one packet of the others is missing.
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      if (a == b) continue;
      expect_sees(*sim.people()[a], *sim.people()[b]);
      for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo}) {
        for (const auto* stream : streams_from(*sim.people()[a], *sim.people()[b], kind)) {
          EXPECT_EQ(stream->lost(), 0U);
        }
      }
    }
  }
  for (const auto& person : sim.people()) EXPECT_EQ(person->events("hangup"), 0U);
}

TEST_P(Stall, RoomsThatAreDestroyedMeanwhileFallSilentAtOnceAndAreReclaimedAfterwards) {
  Simulation sim({.seed = 382, .workers = 2, .room_peers_per_worker_max = 2});
  Person& host = sim.join(kRoom, "host");
  sim.run_for(kSecond);
  const Census before = sim.server().census();
  host.create_room(kDoomed);
  start_call(sim, 3, kDoomed);
  sim.run_for(2 * kSecond);
  sim.server().stop_worker(1, true);
  host.destroy_room(kDoomed);
  ASSERT_TRUE(sim.run_until([&] { return sim.server().media().counts().peers == 0; }, kSecond));
  const Timestamp destroyed_at = sim.now();
  const std::size_t waiting = sim.server().census().at("retire list");
  EXPECT_GT(waiting, 0U);
  sim.run_for(GetParam());
  EXPECT_EQ(sim.server().census().at("retire list"), waiting) << "nothing is freed early";
  sim.server().stop_worker(1, false);
  const Timestamp woken_at = sim.now();
  sim.run_for(20 * kMillisecond);
  EXPECT_EQ(sim.server().census().at("retire list"), 0U);
  sim.run_for(kSecond);
  for (std::size_t i = 1; i < sim.people().size(); ++i) {
    Person& person = *sim.people()[i];
    for (const auto& [ssrc, stream] : person.subscriber()->webrtc->received()) {
      EXPECT_LE(stream.last_at, destroyed_at + sim.config().link.delay) << person.name();
    }
    // What the worker that stood still had been given to send is the goodbyes of DTLS.
    const Timestamp last_sent_at = person.subscriber()->last_sent_to_at;
    EXPECT_TRUE(last_sent_at <= destroyed_at || last_sent_at >= woken_at) << person.name();
    person.leave();
  }
  sim.run_for(kSecond);
  expect_census(sim, before);
}

INSTANTIATE_TEST_SUITE_P(ForHowLong, Stall,
                         testing::Values(kMillisecond, 100 * kMillisecond, 10 * kSecond),
                         [](const auto& test) {
                           return std::to_string(test.param / kMillisecond) + "ms";
                         });

// Somebody who publishes and goes, again and again, by hand.
class Churn {
 public:
  explicit Churn(Simulation& sim) : wire_(sim, 0x5000) {
    wire_.create_session();
    handle_ = wire_.attach();
    wire_.ask_room(handle_, {{"request", "join"}, {"ptype", "publisher"}, {"room", kRoom}});
    offer_ = sim.add_client({}, {}).webrtc->make_publish_offer({audio(1), video(1)});
  }
  // The answer to the offer.
  json::object publish() {
    return wire_.ask_room(handle_, {{"request", "publish"}}, {{"type", "offer"}, {"sdp", offer_}});
  }
  void unpublish() { wire_.ask_room(handle_, {{"request", "unpublish"}}); }
  // Until the server refuses; how often it did not.
  std::size_t run(std::size_t rounds_max) {
    for (std::size_t rounds = 0; rounds < rounds_max; ++rounds) {
      refusal_ = publish();
      if (error_code(refusal_) != 0) return rounds;
      unpublish();
    }
    return rounds_max;
  }
  const json::object& refusal() const { return refusal_; }

 private:
  Wire wire_;
  std::uint64_t handle_ = 0;
  std::string offer_;
  json::object refusal_;
};

TEST(StallUnderChurn, CreatesAreRefusedWhenTheRetireListIsHalfFullAndWorkAgainAfterwards) {
  // 16 + 24 + 8 + 18 fan-out chunks: 66 objects can wait; 33 are half.
  Simulation sim(
      {.seed = 383, .workers = 2, .pools = {.transports = 16, .streams = 24, .subscriptions = 8}});
  Churn churn(sim);
  sim.run_for(kSecond);
  const Census before = sim.server().census();
  EXPECT_EQ(churn.run(100), 100U) << "while all run there is no end to it";
  for (int stall = 0; stall < 3; ++stall) {
    sim.server().stop_worker(1, true);
    // Three objects each.
    EXPECT_EQ(churn.run(100), 11U);
    EXPECT_EQ(sim.server().census().at("retire list"), 33U);
    EXPECT_EQ(error_code(churn.refusal()), 499);
    EXPECT_EQ(error_text(churn.refusal()), kRefusal);
    // However often they try: it grows no further.
    for (int i = 0; i < 20; ++i) EXPECT_EQ(churn.run(1), 0U);
    EXPECT_EQ(sim.server().census().at("retire list"), 33U);
    sim.server().stop_worker(1, false);
    sim.run_for(20 * kMillisecond);
    expect_census(sim, before);
    EXPECT_EQ(churn.run(30), 30U);
  }
  sim.run_for(kSecond);
  expect_census(sim, before);
}

TEST(StallUnderChurn, APoolWhoseObjectsAllWaitSaysSoToo) {
  // The transports are gone long before the list is half full.
  Simulation sim(
      {.seed = 384, .workers = 2, .pools = {.transports = 4, .streams = 64, .subscriptions = 64}});
  Churn churn(sim);
  sim.server().stop_worker(1, true);
  EXPECT_EQ(churn.run(100), 4U);
  EXPECT_EQ(error_text(churn.refusal()), kRefusal);
  sim.server().stop_worker(1, false);
  sim.run_for(20 * kMillisecond);
  EXPECT_EQ(churn.run(10), 10U);
}

TEST(StallUnderChurn, SubscribersAreToldTheSameAndExistingCallsAreUntouched) {
  Simulation sim(
      {.seed = 385, .workers = 2, .pools = {.transports = 20, .streams = 32, .subscriptions = 8}});
  start_call(sim, 2);
  sim.run_for(2 * kSecond);
  Churn churn(sim);
  sim.server().stop_worker(1, true);
  EXPECT_GT(churn.run(100), 5U);
  Person& late = sim.join(kRoom, "late");
  late.subscribe_to_everyone();
  sim.run_for(2 * kSecond);
  ASSERT_FALSE(late.errors().empty());
  EXPECT_EQ(late.errors().front(), "Error creating offer: " + std::string(kRefusal));
  EXPECT_TRUE(sees_now(sim, *sim.people()[0], *sim.people()[1]));
  sim.server().stop_worker(1, false);
  sim.run_for(kSecond);
  late.subscribe_to_everyone();
  sim.run_for(2 * kSecond);
  EXPECT_TRUE(sees_now(sim, late, *sim.people()[0]));
  expect_sees(*sim.people()[0], *sim.people()[1]);
}

// A worker stops at every moment of a set-up, for every length from nothing to beyond the set-up.
TEST(StallAtEveryMoment, OfASetUpAndItsEnd) {
  Simulation sim({.seed = 386, .workers = 2, .room_peers_per_worker_max = 1});
  Person& host = sim.join(kRoom, "host");
  sim.run_for(kSecond);
  const Census before = sim.server().census();
  for (Duration start = 0; start < 300 * kMillisecond; start += 15 * kMillisecond) {
    for (const Duration length : {5 * kMillisecond, 60 * kMillisecond, 400 * kMillisecond}) {
      SCOPED_TRACE(testing::Message()
                   << start / kMillisecond << " ms, for " << length / kMillisecond << " ms");
      host.create_room(kDoomed);
      const std::size_t first = sim.people().size();
      start_call(sim, 2, kDoomed);
      sim.run_for(start);
      sim.server().stop_worker(1, true);
      sim.run_for(length);
      host.destroy_room(kDoomed);
      sim.run_for(50 * kMillisecond);
      EXPECT_EQ(sim.server().media().counts().peers, 0U);
      sim.server().stop_worker(1, false);
      for (std::size_t i = first; i < sim.people().size(); ++i) sim.people()[i]->leave();
      sim.run_for(200 * kMillisecond);
      expect_census(sim, before);
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace penstock::sim
