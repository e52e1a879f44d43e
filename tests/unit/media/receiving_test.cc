// Subscribers that offer themselves (WHEP), and ICE restarts without a description.
#include "tests/unit/media/media_fixture.h"

namespace penstock {
namespace {

class ReceivingTest : public MediaTest {
 protected:
  std::expected<SubscribeResult, MediaError> subscribe(PeerId peer, const std::string& offer) {
    return media->subscribe(peer, kTestRoom, offer, mlines, now, [](SubscribeResult&) {});
  }
  std::string offer_of(PeerId peer, std::vector<test::PlayedLine> lines = {
                                        {.kind = MediaKind::kVideo, .mid = "v"},
                                        {.kind = MediaKind::kAudio, .mid = "a"}}) {
    return client_of(peer).make_play_offer(lines);
  }

  std::vector<SubscriberMline> mlines = mlines_of(publish(1).value());
};

TEST_F(ReceivingTest, WhatIsOfferedFlowsOnceTheConnectionIsUp) {
  const auto result = subscribe(2, offer_of(2));
  ASSERT_TRUE(result.has_value()) << result.error().text;
  EXPECT_EQ(result->mids, (std::vector<std::string>{"a", "v"}));
  ASSERT_TRUE(client_of(2).accept_play_answer(result->answer_sdp, now));
  exchange();
  EXPECT_EQ(connected, std::vector<PeerId>{2});
  EXPECT_EQ(dataplane.flowing(), 2U);
  EXPECT_TRUE(media->receives(2, 0));
  EXPECT_TRUE(media->receives(2, 1));
}

TEST_F(ReceivingTest, WhatIsNotOfferedIsNotShown) {
  const auto result = subscribe(2, offer_of(2, {{.kind = MediaKind::kAudio, .mid = "a"}}));
  ASSERT_TRUE(result.has_value()) << result.error().text;
  EXPECT_EQ(result->mids, (std::vector<std::string>{"a", ""}));
  EXPECT_TRUE(media->receives(2, 0));
  EXPECT_FALSE(media->receives(2, 1));
}

TEST_F(ReceivingTest, WhatCannotBeShownLeavesNothing) {
  const MediaCounts before = media->counts();
  const auto none =
      subscribe(2, offer_of(2, {{.kind = MediaKind::kVideo, .mid = "v", .codecs = {"VP9/90000"}}}));
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().kind, MediaErrorKind::kNoUsableStream);
  const auto malformed = subscribe(2, "hello");
  ASSERT_FALSE(malformed.has_value());
  EXPECT_EQ(malformed.error().kind, MediaErrorKind::kInvalidSdp);
  const auto taken = subscribe(1, offer_of(2));
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().kind, MediaErrorKind::kWrongState);
  EXPECT_EQ(media->counts(), before);
}

TEST_F(ReceivingTest, AnotherSourceIsShownWithoutAnOffer) {
  const auto result = subscribe(2, offer_of(2));
  ASSERT_TRUE(result.has_value());
  const auto others = mlines_of(publish(3, {.ufrag = "third"}).value());
  const auto done = media->retarget(2, others, [] {});
  ASSERT_TRUE(done.has_value()) << done.error().text;
  EXPECT_TRUE(*done);
}

TEST_F(ReceivingTest, ARestartKeepsTheOldCredentialsUntilTheNewOnesAreNominatedWith) {
  const auto result = subscribe(2, offer_of(2));
  ASSERT_TRUE(client_of(2).accept_play_answer(result->answer_sdp, now));
  exchange();
  const IceCredentials before = fake_transport(2).ice;
  const auto renewed = client_of(2).renew_credentials();
  const auto ours =
      media->restart_ice(2, renewed.local_ufrag, renewed.local_pwd, now, [](IceDescription&) {});
  ASSERT_TRUE(ours.has_value());
  EXPECT_NE(ours->ufrag, before.local_ufrag.view());
  EXPECT_FALSE(ours->candidates.empty());
  EXPECT_EQ(fake_transport(2).ice, before);
  client_of(2).accept_restart(ours->ufrag, ours->pwd, now);
  exchange();
  EXPECT_EQ(fake_transport(2).ice.local_ufrag.view(), ours->ufrag);
  EXPECT_EQ(fake_transport(2).ice.remote_ufrag.view(), renewed.local_ufrag);
  EXPECT_EQ(fake_transport(2).keys.size(), 1U) << "the DTLS association stays";
}

TEST_F(ReceivingTest, ARestartOfNobodyIsRefused) {
  const auto unknown =
      media->restart_ice(99, "ufrag", "0123456789012345678901", now, [](IceDescription&) {});
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().kind, MediaErrorKind::kWrongState);
}

TEST_F(ReceivingTest, APublisherOfAllOrNothingIsRefusedWithOneMLineThatCannotBeTaken) {
  PublishPolicy whole = policy();
  whole.takes_all_or_nothing = true;
  whole.video_codecs = {Codec::kVp9};
  const std::string offer = offer_text({.ufrag = "whole"});
  const auto refused = media->publish(5, kTestRoom, offer, whole, now);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, MediaErrorKind::kNoUsableStream);
  EXPECT_FALSE(media->exists(5));
  whole.takes_all_or_nothing = false;
  EXPECT_TRUE(media->publish(5, kTestRoom, offer, whole, now).has_value());
}

}  // namespace
}  // namespace penstock
