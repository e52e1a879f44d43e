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

}  // namespace
}  // namespace penstock::sim
