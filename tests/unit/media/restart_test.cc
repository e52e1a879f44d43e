// ICE restarts (RFC 8445 section 9): the worker keeps the old credentials until the peer has
// nominated with the new ones, so that consent and media go on meanwhile.
#include "tests/unit/media/media_fixture.h"

namespace penstock {
namespace {

class RestartTest : public MediaTest {
 protected:
  RestartTest() : mlines(mlines_of(publish(1).value())) {
    const auto offer = offer_to(2, mlines);
    EXPECT_TRUE(answer(2, *offer).has_value());
    exchange();
    EXPECT_EQ(connected, std::vector<PeerId>{2});
  }

  std::vector<SubscriberMline> mlines;
};

TEST_F(RestartTest, TheOfferHasNewCredentialsAndTheWorkerTheOldOnesUntilNomination) {
  const IceCredentials before = fake_transport(2).ice;
  const auto offer = offer_to(2, mlines, true);
  ASSERT_TRUE(offer.has_value());
  EXPECT_EQ(offer->find(before.local_ufrag.view()), std::string::npos);
  EXPECT_EQ(fake_transport(2).ice, before);
  ASSERT_TRUE(answer(2, *offer).has_value());
  EXPECT_EQ(fake_transport(2).ice, before) << "the answer alone moves nothing";
  exchange();
  const IceCredentials after = fake_transport(2).ice;
  EXPECT_NE(after.local_ufrag, before.local_ufrag);
  EXPECT_NE(offer->find(after.local_ufrag.view()), std::string::npos);
  EXPECT_EQ(after.remote_ufrag.view(), client_of(2).secrets().local_ufrag);
  EXPECT_EQ(fake_transport(2).keys.size(), 1U) << "the DTLS association stays (RFC 8842)";
  EXPECT_EQ(dataplane.flowing(), 2U);
}

TEST_F(RestartTest, APublishersRestartWorksTheSameWay) {
  ASSERT_TRUE(publish(3, {.ufrag = "first"}).has_value());
  const IceCredentials before = fake_transport(3).ice;
  const auto restarted = publish(3, {.ufrag = "second", .pwd = "anotherpassword0123456789"});
  ASSERT_TRUE(restarted.has_value());
  EXPECT_EQ(restarted->answer_sdp.find("a=ice-ufrag:" + std::string(before.local_ufrag.view())),
            std::string::npos);
  EXPECT_EQ(fake_transport(3).ice.local_ufrag, before.local_ufrag);
  EXPECT_EQ(restarted->streams.size(), 2U);
}

TEST_F(RestartTest, ManyRestartsLeaveNoCredentialsBehind) {
  for (int i = 0; i < 20; ++i) {
    const auto offer = offer_to(2, mlines, true);
    ASSERT_TRUE(offer.has_value());
    ASSERT_TRUE(answer(2, *offer).has_value());
    if (i % 3 == 0) exchange();
  }
  exchange();
  EXPECT_EQ(fake_transport(2).ice.remote_ufrag.view(), client_of(2).secrets().local_ufrag);
  EXPECT_TRUE(closed.empty());
}

TEST_F(RestartTest, AFirstOfferIsNeverARestart) {
  const auto offer = offer_to(4, mlines, true);
  ASSERT_TRUE(offer.has_value());
  EXPECT_NE(offer->find(fake_transport(4).ice.local_ufrag.view()), std::string::npos);
}

}  // namespace
}  // namespace penstock
