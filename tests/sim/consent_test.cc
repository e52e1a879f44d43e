// Goal: who is kept and who is cut, of clients that renew consent (RFC 7675) in different ways.
// Method: clients that end their checks once they are connected, as libnice does with a lite peer.
#include <gtest/gtest.h>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

test::ClientConfig without_checks(bool sends_reports) {
  test::ClientConfig config;
  config.checks_consent = false;
  config.sends_reports = sends_reports;
  return config;
}

class Consent : public testing::Test {
 protected:
  Consent() { start_call(sim, 1); }

  Person& join(test::ClientConfig config) {
    Person& person = sim.join(kRoom, "person" + std::to_string(sim.people().size() + 1));
    person.set_client(std::move(config));
    return person;
  }

  Simulation sim{{.seed = 91}};
};

TEST_F(Consent, AReceiverThatOnlySendsReportsIsKept) {
  Person& receiver = join(without_checks(true));
  receiver.subscribe_to_everyone();
  for (int i = 0; i < 12; ++i) {
    sim.run_for(10 * kSecond);
    EXPECT_TRUE(sees_now(sim, receiver, *sim.people()[0])) << i;
  }
  EXPECT_EQ(receiver.events("hangup"), 0U);
  expect_sees(receiver, *sim.people()[0]);
}

TEST_F(Consent, APublisherThatOnlySendsMediaIsKept) {
  Person& publisher = join(without_checks(false));
  publisher.publish();
  sim.run_for(120 * kSecond);
  EXPECT_EQ(publisher.events("hangup"), 0U);
  EXPECT_TRUE(sees_now(sim, *sim.people()[0], publisher));
  EXPECT_GT(publisher.publisher()->webrtc->feedback_received(), 1'000U) << "and gets its feedback";
}

TEST_F(Consent, AReceiverThatSendsNothingIsCutAfterThirtySeconds) {
  Person& receiver = join(without_checks(false));
  receiver.subscribe_to_everyone();
  sim.run_for(29 * kSecond);
  EXPECT_TRUE(sees_now(sim, receiver, *sim.people()[0]));
  sim.run_for(4 * kSecond);
  EXPECT_FALSE(sees_now(sim, receiver, *sim.people()[0]));
  EXPECT_EQ(receiver.events("hangup"), 1U);
  const Timestamp cut_at = sim.now();
  sim.run_for(10 * kSecond);
  EXPECT_LT(receiver.subscriber()->last_sent_to_at, cut_at);
}

TEST_F(Consent, ASubscriberMayThinkForLongBeforeItAnswers) {
  Person& receiver = sim.join(kRoom, "thinks");
  receiver.think_for(70 * kSecond);
  receiver.subscribe_to_everyone();
  sim.run_for(69 * kSecond);
  EXPECT_EQ(receiver.events("hangup"), 0U);
  sim.run_for(3 * kSecond);
  EXPECT_TRUE(sees_now(sim, receiver, *sim.people()[0]));
  sim.run_for(60 * kSecond);
  EXPECT_EQ(receiver.events("hangup"), 0U);
  EXPECT_TRUE(sees_now(sim, receiver, *sim.people()[0]));
}

TEST_F(Consent, ASubscriberThatAnswersAndNeverComesIsCutAfterThirtySeconds) {
  Person& receiver = sim.join(kRoom, "never comes");
  receiver.set_links({.is_cut = true}, {.is_cut = true});
  receiver.think_for(20 * kSecond);
  receiver.subscribe_to_everyone();
  sim.run_for(45 * kSecond);
  EXPECT_EQ(receiver.events("hangup"), 0U) << "the time begins with the answer";
  sim.run_for(10 * kSecond);
  EXPECT_EQ(receiver.events("hangup"), 1U);
}

TEST_F(Consent, ASubscriberThatRejectsTheFirstMlineReceivesTheOthers) {
  Person& receiver = sim.join(kRoom, "video only");
  test::ClientConfig config;
  config.rejects_first = true;
  receiver.set_client(config);
  receiver.subscribe_to_everyone();
  sim.run_for(2 * kSecond);
  const Person& publisher = *sim.people()[0];
  EXPECT_EQ(streams_from(receiver, publisher, MediaKind::kVideo).size(), 1U);
  EXPECT_EQ(streams_from(receiver, publisher, MediaKind::kAudio).size(), 0U);
  EXPECT_EQ(receiver.errors(), std::vector<std::string>{});
}

TEST_F(Consent, AnIceRestartOfAConnectionThatHasEndedIsRefusedAndANewConnectionIsTaken) {
  Person& publisher = *sim.people()[0];
  Person& receiver = sim.join(kRoom, "receiver");
  receiver.subscribe_to_everyone();
  sim.run_for(2 * kSecond);
  publisher.set_links({.is_cut = true}, {.is_cut = true});
  sim.run_for(40 * kSecond);
  EXPECT_EQ(publisher.events("hangup"), 1U);
  publisher.set_links({}, {});
  publisher.renegotiate([](test::WebRtcClient& client) { client.restart_ice(); });
  sim.run_for(kSecond);
  ASSERT_EQ(publisher.errors().size(), 1U);
  EXPECT_NE(publisher.errors().front().find("cannot be resumed"), std::string::npos)
      << publisher.errors().front();
  EXPECT_EQ(sim.server().media().counts().peers, 1U) << "the receiver's";
  publisher.unpublish();
  publisher.publish();
  sim.run_for(3 * kSecond);
  EXPECT_TRUE(sees_now(sim, receiver, publisher));
}

}  // namespace
}  // namespace penstock::sim
