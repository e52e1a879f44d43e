// Goal: of a page that sends its picture in several encodings (simulcast, RFC 8853) everybody sees
// the largest that comes, in whatever order they are listed, and the change from one to another is
// one keyframe's. Method: calls of a publisher with three encodings, listed upwards, some of which
// stop as bandwidth makes browsers do; what receivers see is told by the size in its keyframes.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

test::SyntheticSourceConfig encoding(std::uint32_t sender, std::string rid, std::uint16_t width) {
  test::SyntheticSourceConfig config = video(sender);
  config.rid = std::move(rid);
  config.width = width;
  config.height = static_cast<std::uint16_t>(width * 3 / 4);
  config.packets_per_frame = width / 160;
  return config;
}

class Simulcast : public testing::TestWithParam<WorkerIndex> {
 protected:
  Simulcast() : sim({.seed = 17, .workers = GetParam()}) {
    alice().publish({audio(alice().watermark()), encoding(alice().watermark(), "l", 160),
                     encoding(alice().watermark(), "m", 320),
                     encoding(alice().watermark(), "h", 640)});
    for (Person* receiver : {&bob(), &sim.join(kRoom, "carol")}) receiver->subscribe_to_everyone();
    sim.run_for(3 * kSecond);
  }

  Person& alice() {
    if (sim.people().empty()) sim.join(kRoom, "alice");
    return *sim.people()[0];
  }
  Person& bob() {
    if (sim.people().size() == 1) sim.join(kRoom, "bob");
    return *sim.people()[1];
  }
  const test::ReceivedStream& seen_by(const Person& person) {
    const auto streams = streams_from(person, alice(), MediaKind::kVideo);
    EXPECT_EQ(streams.size(), 1U);
    return *streams.front();
  }
  // Everybody but the publisher sees this picture, whole and now.
  void expect_seen(std::uint32_t width) {
    for (const auto& person : sim.people()) {
      if (person.get() == &alice()) continue;
      const test::ReceivedStream& seen = seen_by(*person);
      EXPECT_EQ(seen.width, width) << person->name();
      EXPECT_EQ(seen.lost(), 0U) << person->name();
      EXPECT_EQ(seen.duplicates, 0U) << person->name();
      EXPECT_GE(seen.last_at + 200 * kMillisecond, sim.now()) << person->name();
      EXPECT_GE(seen.sender_reports, 1U) << person->name();
    }
  }
  void pause(std::string_view rid, bool is_paused) {
    alice().publisher()->webrtc->pause_encoding(rid, is_paused);
  }

  Simulation sim;
};

TEST_P(Simulcast, TheLargestPictureIsSeenAlthoughItIsListedLast) {
  expect_seen(640);
  EXPECT_GT(sim.drops(DropReason::kEncodingNotSelected), 100U);
  EXPECT_EQ(sim.drops(DropReason::kStreamUnknown), 0U);
}

TEST_P(Simulcast, WhenItStopsTheNextIsSeenWithinASecondAndAHalf) {
  pause("h", true);
  sim.run_for(1'500 * kMillisecond);
  expect_seen(320);
  pause("m", true);
  sim.run_for(1'500 * kMillisecond);
  expect_seen(160);
  pause("h", false);
  sim.run_for(kSecond);
  expect_seen(160);
  sim.run_for(2 * kSecond);
  expect_seen(640);
}

TEST_P(Simulcast, WhoComesLaterGetsAKeyframeOfTheOneThatIsForwarded) {
  sim.join(kRoom, "dave").subscribe_to_everyone();
  sim.run_for(2 * kSecond);
  expect_seen(640);
}

TEST_P(Simulcast, AReceiverGetsNoMoreThanItAsksFor) {
  bob().say_as_subscriber({{"request", "configure"}, {"mid", "1"}, {"substream", 0}});
  sim.run_for(2 * kSecond);
  EXPECT_EQ(seen_by(bob()).width, 160U);
  bob().say_as_subscriber({{"request", "configure"}, {"mid", "1"}, {"substream", 1}});
  sim.run_for(2 * kSecond);
  EXPECT_EQ(seen_by(bob()).width, 320U);
  EXPECT_EQ(seen_by(*sim.people()[2]).width, 640U) << "others are not concerned";
}

TEST_P(Simulcast, WhoAsksForItGetsASmallerOneBeforeTheLargestHasStopped) {
  bob().say_as_subscriber({{"request", "configure"}, {"mid", "1"}, {"fallback", 250'000}});
  sim.run_for(kSecond);
  pause("h", true);
  sim.run_for(800 * kMillisecond);
  EXPECT_EQ(seen_by(bob()).width, 320U);
  EXPECT_EQ(seen_by(*sim.people()[2]).width, 640U) << "others are not concerned";
  pause("h", false);
  sim.run_for(1'500 * kMillisecond);
  expect_seen(640);
}

// The offer that goes with it says nothing of layers.
TEST_P(Simulcast, WhatIsAskedForTogetherWithAnOfferCountsToo) {
  bob().say_as_subscriber(
      {{"request", "configure"}, {"mid", "1"}, {"substream", 0}, {"update", true}});
  sim.run_for(2 * kSecond);
  EXPECT_EQ(seen_by(bob()).width, 160U);
}

TEST_P(Simulcast, EachEncodingIsReportedOnAndRepaired) {
  alice().set_links({.loss_per_million = 20'000, .delay = 10 * kMillisecond}, {});
  const std::uint64_t before = alice().publisher()->webrtc->media_sent_again();
  sim.run_for(5 * kSecond);
  alice().set_links({}, {});
  sim.run_for(kSecond);
  EXPECT_GT(alice().publisher()->webrtc->media_sent_again(), before + 10);
  expect_seen(640);
}

INSTANTIATE_TEST_SUITE_P(Workers, Simulcast, testing::Values(WorkerIndex{1}, WorkerIndex{2}));

}  // namespace
}  // namespace penstock::sim
