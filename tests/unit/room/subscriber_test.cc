#include "controlplane/room/subscriber.h"

#include <gtest/gtest.h>

namespace penstock::room {
namespace {

SubscriptionRequest request_for(std::uint64_t feed, std::string mid,
                                MediaKind kind = MediaKind::kVideo) {
  SubscriptionRequest request;
  request.source = {Id(feed), std::move(mid)};
  request.kind = kind;
  return request;
}

class SubscriberTest : public ::testing::Test {
 protected:
  Subscriber subscriber{1, {.streams_max = 3}};
};

using AddResult = Subscriber::AddResult;

TEST_F(SubscriberTest, SameSourceIsAddedOnce) {
  EXPECT_EQ(subscriber.subscribe(request_for(1, "v")), AddResult::kAdded);
  EXPECT_EQ(subscriber.subscribe(request_for(1, "v")), AddResult::kAlreadyThere);
  EXPECT_EQ(subscriber.streams().size(), 1u);
}

TEST_F(SubscriberTest, MlinesAreLimited) {
  subscriber.subscribe(request_for(1, "1"));
  subscriber.subscribe(request_for(1, "2"));
  subscriber.subscribe(request_for(1, "3"));
  EXPECT_EQ(subscriber.subscribe(request_for(1, "4")), AddResult::kFull);
  subscriber.unsubscribe(1);
  EXPECT_EQ(subscriber.subscribe(request_for(1, "4")), AddResult::kAdded);
  EXPECT_EQ(subscriber.streams().size(), 3u);
}

TEST_F(SubscriberTest, InactiveMlineIsReusedOnlyForItsKind) {
  subscriber.subscribe(request_for(1, "v"));
  subscriber.unsubscribe(Id(1), "v");
  subscriber.subscribe(request_for(2, "a", MediaKind::kAudio));
  EXPECT_EQ(subscriber.streams().size(), 2u);
  subscriber.subscribe(request_for(2, "v"));
  EXPECT_EQ(subscriber.streams().size(), 2u);
  EXPECT_EQ(subscriber.streams()[0].source, (Source{Id(2), "v"}));
}

TEST_F(SubscriberTest, DataChannelsOfAllFeedsShareAnMline) {
  const auto data = MediaKind::kData;
  EXPECT_EQ(subscriber.subscribe(request_for(1, "d", data)), AddResult::kAdded);
  EXPECT_EQ(subscriber.subscribe(request_for(2, "d", data)), AddResult::kAdded);
  EXPECT_EQ(subscriber.subscribe(request_for(3, "d", data)), AddResult::kAdded);
  EXPECT_EQ(subscriber.subscribe(request_for(3, "d", data)), AddResult::kAlreadyThere);
  EXPECT_EQ(subscriber.streams().size(), 1u);
  EXPECT_EQ(subscriber.sources().size(), 3u);
  EXPECT_TRUE(subscriber.receives(Id(3), "d"));
  EXPECT_EQ(subscriber.unsubscribe(Id(1), std::nullopt), 1u);
  EXPECT_FALSE(subscriber.receives(Id(1)));
  EXPECT_EQ(subscriber.streams()[0].source, (Source{Id(2), "d"}));
  EXPECT_EQ(subscriber.unsubscribe(Id(3), "d"), 1u);
  EXPECT_EQ(subscriber.unsubscribe(Id(2), "d"), 1u);
  EXPECT_FALSE(subscriber.streams()[0].source);
  EXPECT_EQ(subscriber.subscribe(request_for(1, "d", data)), AddResult::kAdded);
  EXPECT_EQ(subscriber.streams().size(), 1u);
}

TEST_F(SubscriberTest, UnsubscribeForgetsEverythingOfTheMline) {
  SubscriptionRequest request = request_for(1, "v");
  request.crossrefid = "x";
  request.is_sent = false;
  request.layers.substream = 1;
  subscriber.subscribe(request);
  EXPECT_EQ(subscriber.unsubscribe(Id(1), std::nullopt), 1u);
  const SubscriberStream& stream = subscriber.streams()[0];
  EXPECT_FALSE(stream.source || stream.is_ready || stream.layers.substream);
  EXPECT_TRUE(stream.is_sent && stream.crossrefid.empty());
  EXPECT_FALSE(subscriber.unsubscribe(0));
  EXPECT_FALSE(subscriber.unsubscribe(7));
}

TEST_F(SubscriberTest, TheLineOfAGuestKeepsWhatItWantsOfTheNextSource) {
  Subscriber guest{2, {.is_guest = true, .streams_max = 3}};
  SubscriptionRequest request = request_for(1, "v");
  request.layers.substream = 0;
  guest.subscribe(request);
  guest.unsubscribe(Id(1), "v");
  EXPECT_FALSE(guest.streams()[0].source);
  EXPECT_EQ(guest.streams()[0].layers.substream, 0u);
}

TEST_F(SubscriberTest, MidIsTheIndexInDigits) {
  subscriber.subscribe(request_for(1, "v"));
  EXPECT_EQ(subscriber.index_of("0"), 0u);
  for (const char* mid : {"1", "00", "-0", "+0", "", "0x", "99999999999999999999999"}) {
    EXPECT_FALSE(subscriber.index_of(mid)) << mid;
  }
}

TEST_F(SubscriberTest, StreamsAreReadyWhenAnOfferThatNamedThemIsAnswered) {
  subscriber.subscribe(request_for(1, "1"));
  subscriber.offer_sent();
  EXPECT_TRUE(subscriber.is_offer_pending());
  subscriber.subscribe(request_for(1, "2"));
  subscriber.want_update(true);
  subscriber.answer_accepted();
  EXPECT_TRUE(subscriber.streams()[0].is_ready);
  EXPECT_FALSE(subscriber.streams()[1].is_ready);
  EXPECT_TRUE(subscriber.is_update_wanted() && subscriber.is_restart_wanted());
  subscriber.offer_sent();
  EXPECT_FALSE(subscriber.is_update_wanted() || subscriber.is_restart_wanted());
  subscriber.answer_accepted();
  EXPECT_TRUE(subscriber.streams()[1].is_ready);
}

TEST_F(SubscriberTest, LayersMergeWhatIsSaid) {
  LayerTargets layers;
  layers.substream = 1;
  layers.temporal = 2;
  LayerTargets more;
  more.temporal = 0;
  more.fallback_us = 5;
  layers.merge(more);
  EXPECT_EQ(layers.substream, 1u);
  EXPECT_EQ(layers.temporal, 0u);
  EXPECT_EQ(layers.fallback_us, 5u);
}

}  // namespace
}  // namespace penstock::room
