// Goal: whole calls in virtual time, through the server's own worker and control code. Method:
// people with a real ICE, DTLS and SRTP stack join by the Janus API, publish and receive over a
// seeded network; what arrives is compared with what was sent.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

TEST(Call, TwoPeopleSeeAndHearEachOtherWithoutLoss) {
  Simulation sim({.seed = 1});
  start_call(sim, 2);
  sim.run_for(5 * kSecond);
  expect_all_see_each_other(sim);
  for (const auto& person : sim.people()) {
    EXPECT_TRUE(person->errors().empty()) << person->errors().front();
    EXPECT_EQ(person->events("webrtcup"), 2U);
    for (const auto& [ssrc, stream] : person->subscriber()->webrtc->received()) {
      EXPECT_GT(stream.packets, 200U);
      EXPECT_EQ(stream.lost(), 0U);
      EXPECT_GT(stream.sender_reports, 2U);
    }
    EXPECT_GT(person->publisher()->webrtc->feedback_received(), 30U);
    EXPECT_GT(person->publisher()->webrtc->receiver_reports(), 2U);
  }
}

// What the network lost of a person's packets, in both directions of the way to a receiver.
std::uint64_t lost_on_the_way(const Person& from, const Person& to) {
  return from.publisher()->uplink.counters().lost + to.subscriber()->downlink.counters().lost;
}

TEST(Call, FourPeopleWithTwoPercentLoss) {
  Simulation sim({.seed = 2, .link = {.loss_per_million = 20'000}});
  start_call(sim, 4);
  sim.run_for(10 * kSecond);
  expect_all_see_each_other(sim);
  std::uint64_t keyframes_asked = 0;
  for (const auto& person : sim.people()) {
    const test::WebRtcClient& publisher = *person->publisher()->webrtc;
    EXPECT_GT(publisher.feedback_received(), 100U);
    EXPECT_GT(publisher.feedback_packets_reported(), publisher.media_sent() * 9 / 10);
    EXPECT_LE(publisher.feedback_packets_reported(), publisher.media_sent());
    // At most one PLI in 500 ms, whoever and however many want one.
    EXPECT_LE(publisher.pli_received(), 21U);
    keyframes_asked += publisher.pli_received();
    for (const auto& other : sim.people()) {
      if (person == other) continue;
      std::uint64_t gaps = 0;
      for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo}) {
        for (const auto* stream : streams_from(*person, *other, kind)) {
          gaps += stream->lost();
          EXPECT_GT(stream->packets, 300U);
        }
      }
      EXPECT_GT(gaps, 0U) << "two percent of a thousand packets";
      EXPECT_LE(gaps, lost_on_the_way(*other, *person));
    }
  }
  EXPECT_GE(keyframes_asked + sim.server().stats(0).keyframes_cached.get(), 1U)
      << "who came later than a stream's first frame needs another, or that one";
}

std::uint64_t trace_of(std::uint64_t seed) {
  Simulation sim({.seed = seed,
                  .workers = 2,
                  .room_peers_per_worker_max = 3,
                  .link = {.loss_per_million = 20'000, .jitter = 10 * kMillisecond}});
  start_call(sim, 4);
  sim.run_for(3 * kSecond);
  return sim.trace();
}

TEST(Call, TheSameSeedIsTheSameTraceAndAnotherSeedAnotherOne) {
  const std::uint64_t first = trace_of(3);
  EXPECT_EQ(trace_of(3), first);
  EXPECT_NE(trace_of(4), first);
}

TEST(Call, RoomsDoNotHearEachOther) {
  Simulation sim({.seed = 5});
  start_call(sim, 2, kRoom);
  start_call(sim, 2, kOtherRoom);
  sim.run_for(3 * kSecond);
  const auto& people = sim.people();
  expect_sees(*people[0], *people[1]);
  expect_sees(*people[2], *people[3]);
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 2; j < 4; ++j) {
      EXPECT_FALSE(people[i]->hears_of(*people[j]));
      EXPECT_TRUE(streams_from(*people[i], *people[j], MediaKind::kVideo).empty());
    }
  }
}

}  // namespace
}  // namespace penstock::sim
