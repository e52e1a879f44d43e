// Goal: a receiver behind a slow link gets what fits, and its neighbours notice nothing. Method:
// calls of a publisher with three encodings, of 0.15, 0.5 and 1.6 Mb/s, over links of a limited
// rate; receivers report on what comes as browsers do. What they see is told by the size in
// keyframes, and what comes through by numbers.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

test::SyntheticSourceConfig encoding(std::uint32_t sender, std::string rid, std::uint16_t width,
                                     std::size_t packets, std::size_t bytes) {
  test::SyntheticSourceConfig config = video(sender);
  config.rid = std::move(rid);
  config.width = width;
  config.height = static_cast<std::uint16_t>(width * 3 / 4);
  config.packets_per_frame = packets;
  config.packets_per_keyframe = 3 * packets;
  config.payload_bytes = bytes;
  return config;
}

LinkConditions link_of(std::uint64_t bps) {
  return {.delay = 20 * kMillisecond,
          .keeps_order = true,
          .rate_bps = bps,
          .queue_time_max = 400 * kMillisecond};
}

class BandwidthTest : public testing::Test {
 protected:
  BandwidthTest() {
    alice = &sim.join(kRoom, "alice");
    publish(*alice);
  }

  void publish(Person& person) {
    const std::uint32_t mark = person.watermark();
    person.publish({audio(mark), encoding(mark, "l", 160, 1, 600),
                    encoding(mark, "m", 320, 2, 1'000), encoding(mark, "h", 640, 6, 1'100)});
    sim.run_for(2 * kSecond);
  }
  // The most that it wants to be sent in all; 0: no limit.
  void limit(Person& person, std::uint64_t bps, Duration time) {
    person.say_as_subscriber({{"request", "configure"}, {"bitrate", bps}});
    sim.run_for(time);
  }
  Person& receiver(const std::string& name, const LinkConditions& downlink,
                   test::BandwidthFeedback feedback = test::BandwidthFeedback::kTransportCc) {
    Person& person = sim.join(kRoom, name);
    test::ClientConfig client;
    client.feedback = feedback;
    person.set_client(client);
    person.set_links({.delay = 20 * kMillisecond}, downlink);
    person.subscribe_to_everyone();
    return person;
  }
  const test::ReceivedStream& seen_by(const Person& person) {
    const auto streams = streams_from(person, *alice, MediaKind::kVideo);
    EXPECT_EQ(streams.size(), 1U) << person.name();
    return *streams.front();
  }
  // Of a hundred numbers of what it is sent in the time, those that it misses.
  double lost_percent(const Person& person, Duration time) {
    const std::uint64_t lost = seen_by(person).lost();
    const std::uint64_t packets = seen_by(person).packets;
    sim.run_for(time);
    const auto more = static_cast<double>(seen_by(person).packets - packets);
    return 100.0 * static_cast<double>(seen_by(person).lost() - lost) / std::max(more, 1.0);
  }

  Simulation sim{{.seed = 23}};
  Person* alice = nullptr;
};

TEST_F(BandwidthTest, ASlowReceiverGetsTheLayerThatFitsAndItsNeighbourAll) {
  Person& slow = receiver("bob", link_of(1'000'000));
  Person& fast = receiver("carol", {.delay = 20 * kMillisecond});
  sim.run_for(20 * kSecond);
  EXPECT_EQ(seen_by(slow).width, 320);
  EXPECT_EQ(seen_by(fast).width, 640);
  EXPECT_EQ(seen_by(fast).lost(), 0U);
  EXPECT_LE(lost_percent(slow, 20 * kSecond), 1.0);
  EXPECT_EQ(seen_by(slow).width, 320);
}

TEST_F(BandwidthTest, AVerySlowReceiverGetsTheSmallest) {
  Person& slow = receiver("bob", link_of(350'000));
  sim.run_for(20 * kSecond);
  EXPECT_EQ(seen_by(slow).width, 160);
  EXPECT_LE(lost_percent(slow, 20 * kSecond), 1.0);
  EXPECT_EQ(seen_by(slow).width, 160);
}

TEST_F(BandwidthTest, AfterAStepDownLessIsSentWithinASecondAndAfterOneUpAllWithinTwenty) {
  Person& bob = receiver("bob", link_of(5'000'000));
  sim.run_for(10 * kSecond);
  EXPECT_EQ(seen_by(bob).width, 640);
  bob.set_links({.delay = 20 * kMillisecond}, link_of(600'000));
  sim.run_for(3 * kSecond);
  EXPECT_LE(seen_by(bob).width, 320);
  sim.run_for(17 * kSecond);
  EXPECT_LE(seen_by(bob).width, 320);
  bob.set_links({.delay = 20 * kMillisecond}, link_of(5'000'000));
  sim.run_for(20 * kSecond);
  EXPECT_EQ(seen_by(bob).width, 640);
}

TEST_F(BandwidthTest, PaddingIsSentOnlyWhileThereIsSomethingToGain) {
  Person& fast = receiver("carol", {.delay = 20 * kMillisecond});
  sim.run_for(20 * kSecond);
  EXPECT_EQ(seen_by(fast).width, 640);
  const std::uint64_t padding = sim.server().stats(0).padding_sent.get();
  sim.run_for(20 * kSecond);
  EXPECT_EQ(sim.server().stats(0).padding_sent.get(), padding);
}

TEST_F(BandwidthTest, WhereThereIsNoTransportCcRembCounts) {
  Person& bob = receiver("bob", {.delay = 20 * kMillisecond}, test::BandwidthFeedback::kRemb);
  sim.run_for(5 * kSecond);
  EXPECT_EQ(seen_by(bob).width, 640);
  bob.subscriber()->webrtc->set_remb(700'000);
  sim.run_for(3 * kSecond);
  EXPECT_EQ(seen_by(bob).width, 320);
  bob.subscriber()->webrtc->set_remb(4'000'000);
  sim.run_for(15 * kSecond);
  EXPECT_EQ(seen_by(bob).width, 640);
}

TEST_F(BandwidthTest, AReceiverIsToldThatNoPictureFitsAndThatOneFitsAgain) {
  Person& bob = receiver("bob", {.delay = 20 * kMillisecond}, test::BandwidthFeedback::kRemb);
  sim.run_for(5 * kSecond);
  bob.subscriber()->webrtc->set_remb(80'000);
  sim.run_for(15 * kSecond);
  EXPECT_EQ(bob.events("starved"), 1U);
  EXPECT_EQ(bob.events("fed"), 0U);
  const std::uint64_t seen = seen_by(bob).packets;
  sim.run_for(5 * kSecond);
  EXPECT_EQ(seen_by(bob).packets, seen);
  bob.subscriber()->webrtc->set_remb(4'000'000);
  sim.run_for(15 * kSecond);
  EXPECT_EQ(bob.events("starved"), 1U);
  EXPECT_EQ(bob.events("fed"), 1U);
  EXPECT_GT(seen_by(bob).packets, seen);
}

TEST_F(BandwidthTest, AReceiverIsSentNoMoreInAllThanItAsksFor) {
  Person& bob = receiver("bob", {.delay = 20 * kMillisecond});
  sim.run_for(10 * kSecond);
  EXPECT_EQ(seen_by(bob).width, 640);
  limit(bob, 800'000, 3 * kSecond);
  EXPECT_EQ(seen_by(bob).width, 320);
  limit(bob, 0, 15 * kSecond);
  EXPECT_EQ(seen_by(bob).width, 640);
}

TEST_F(BandwidthTest, ALimitThatIsLiftedIsForgottenWhereNothingElseIsKnown) {
  Person& bob = receiver("bob", {.delay = 20 * kMillisecond}, test::BandwidthFeedback::kNone);
  sim.run_for(2 * kSecond);
  EXPECT_EQ(seen_by(bob).width, 640);
  limit(bob, 300'000, 5 * kSecond);
  EXPECT_EQ(seen_by(bob).width, 160);
  limit(bob, 0, 5 * kSecond);
  EXPECT_EQ(seen_by(bob).width, 640);
}

// Of two like publishers the one that somebody looks at.
TEST_F(BandwidthTest, WhereNotEverythingFitsTheHigherPriorityIsFirst) {
  Person& carol = sim.join(kRoom, "carol");
  publish(carol);
  Person& bob = receiver("bob", link_of(2'600'000));
  sim.run_for(kSecond);
  const auto width_of = [&](const Person& publisher) {
    return streams_from(bob, publisher, MediaKind::kVideo).front()->width;
  };
  // Both streams of the feed with the smaller id come first.
  const bool is_alice_first = alice->id() < carol.id();
  const auto prefer = [&](int alices, int carols) {
    bob.say_as_subscriber(
        {{"request", "configure"},
         {"streams",
          json::array{json::object{{"mid", is_alice_first ? "1" : "3"}, {"priority", alices}},
                      json::object{{"mid", is_alice_first ? "3" : "1"}, {"priority", carols}}}}});
    sim.run_for(20 * kSecond);
  };
  prefer(1, 0);
  EXPECT_EQ(width_of(*alice), 640);
  EXPECT_LT(width_of(carol), 640);
  prefer(0, 1);
  EXPECT_LT(width_of(*alice), 640);
  EXPECT_EQ(width_of(carol), 640);
}

TEST_F(BandwidthTest, RandomLossDoesNotStarveAReceiver) {
  LinkConditions lossy = link_of(4'000'000);
  lossy.loss_per_million = 100'000;
  Person& bob = receiver("bob", lossy);
  sim.run_for(30 * kSecond);
  EXPECT_EQ(seen_by(bob).width, 640);
}

// Of the publisher, which disregards REMB, as some do. Its three encodings take 0.15, 0.5 and
// 1.6 Mb/s.
TEST_F(BandwidthTest, OfAPublisherThatDisregardsItsBitrateTheLayerThatFitsIsSent) {
  Person& bob = receiver("bob", {.delay = 20 * kMillisecond});
  Person& carol = receiver("carol", {.delay = 20 * kMillisecond}, test::BandwidthFeedback::kNone);
  const auto limit_publisher = [&](std::uint64_t bps, Duration time) {
    alice->say({{"request", "configure"}, {"bitrate", bps}});
    sim.run_for(time);
  };
  const auto expect_seen = [&](std::uint32_t width) {
    for (const Person* person : {&bob, &carol}) {
      EXPECT_EQ(seen_by(*person).width, width) << person->name();
      EXPECT_EQ(seen_by(*person).lost(), 0U) << person->name();
    }
  };
  sim.run_for(5 * kSecond);
  expect_seen(640);
  limit_publisher(700'000, 4 * kSecond);
  expect_seen(320);
  limit_publisher(64'000, 4 * kSecond);
  expect_seen(160);
  const std::uint64_t packets = seen_by(bob).packets;
  sim.run_for(kSecond);
  EXPECT_GE(seen_by(bob).packets, packets + 25) << "the lowest is sent though it is too much";
  limit_publisher(700'000, 8 * kSecond);
  expect_seen(320);
  limit_publisher(0, 5 * kSecond);
  expect_seen(640);
}

TEST_F(BandwidthTest, TheBitrateOfARoomIsAChoiceOfLayersToo) {
  constexpr std::uint64_t kLimited = 88;
  alice->create_room(kLimited, {{"bitrate", 700'000}});
  sim.run_for(kSecond);
  Person& dave = sim.join(kLimited, "dave");
  publish(dave);
  Person& erin = sim.join(kLimited, "erin");
  erin.subscribe_to_everyone();
  sim.run_for(4 * kSecond);
  const auto streams = streams_from(erin, dave, MediaKind::kVideo);
  ASSERT_EQ(streams.size(), 1U);
  EXPECT_EQ(streams.front()->width, 320);
  alice->destroy_room(kLimited);
  sim.run_for(kSecond);
}

TEST_F(BandwidthTest, WhatComesInOneLayerGoesAsItComesWhateverItsBitrate) {
  Person& dave = sim.join(kRoom, "dave");
  dave.publish({audio(dave.watermark()), encoding(dave.watermark(), "", 640, 6, 1'100)});
  Person& bob = receiver("bob", {.delay = 20 * kMillisecond});
  sim.run_for(5 * kSecond);
  dave.say({{"request", "configure"}, {"bitrate", 128'000}});
  sim.run_for(5 * kSecond);
  const auto streams = streams_from(bob, dave, MediaKind::kVideo);
  ASSERT_EQ(streams.size(), 1U);
  const std::uint64_t packets = streams.front()->packets;
  sim.run_for(2 * kSecond);
  EXPECT_GE(streams.front()->packets, packets + 2 * 25 * 6);
  EXPECT_EQ(streams.front()->lost(), 0U);
}

// A camera and a screen, of two m-lines.
TEST_F(BandwidthTest, TheBitrateOfAPublisherIsForAllOfItsVideo) {
  Person& dave = sim.join(kRoom, "dave");
  const std::uint32_t mark = dave.watermark();
  dave.publish({audio(mark), encoding(mark, "l", 160, 1, 600), encoding(mark, "m", 320, 2, 1'000),
                encoding(mark, "h", 640, 6, 1'100), encoding(mark, "", 1'280, 2, 1'000)});
  Person& bob = receiver("bob", {.delay = 20 * kMillisecond});
  sim.run_for(5 * kSecond);
  const auto widths = [&] {
    std::vector<std::uint32_t> seen;
    for (const auto* stream : streams_from(bob, dave, MediaKind::kVideo))
      seen.push_back(stream->width);
    return seen;
  };
  EXPECT_EQ(widths(), (std::vector<std::uint32_t>{640, 1'280}));
  dave.say({{"request", "configure"}, {"bitrate", 1'200'000}});
  sim.run_for(4 * kSecond);
  EXPECT_EQ(widths(), (std::vector<std::uint32_t>{320, 1'280}));
}

}  // namespace
}  // namespace penstock::sim
