// Consent (RFC 7675) and the time limit of connecting.
#include <gtest/gtest.h>

#include "tests/unit/ice/ice_test_peer.h"

namespace penstock {
namespace {

using IceConsentTest = IceAgentTest;

TEST_F(IceConsentTest, IsLostThirtySecondsAfterTheLastAuthenticatedCheck) {
  nominate(5 * kSecond, 5'000);
  take_events(agent_);
  EXPECT_EQ(agent_.next_timeout(), 35 * kSecond);
  agent_.handle_timeout(35 * kSecond - 1);
  EXPECT_FALSE(agent_.is_consent_expired(35 * kSecond - 1));
  EXPECT_TRUE(take_events(agent_).empty());

  EXPECT_TRUE(agent_.is_consent_expired(35 * kSecond));
  agent_.handle_timeout(35 * kSecond);
  EXPECT_EQ(take_events(agent_), (std::vector<IceEvent>{{IceEventKind::kConsentLost, {}}}));
  EXPECT_EQ(agent_.next_timeout(), kNever);
}

TEST_F(IceConsentTest, EveryAuthenticatedCheckRefreshesIt) {
  nominate(0, 5'000);
  for (Timestamp now = 0; now < 600 * kSecond; now += 29 * kSecond) {
    EXPECT_GT(check(now, 5'000), 0U);
    agent_.handle_timeout(now);
    EXPECT_FALSE(agent_.is_consent_expired(now));
  }
  EXPECT_FALSE(has_event(take_events(agent_), IceEventKind::kConsentLost));
}

TEST_F(IceConsentTest, DoesNotComeBackOnceLost) {
  nominate(0, 5'000);
  agent_.handle_timeout(30 * kSecond);
  take_events(agent_);
  EXPECT_EQ(nominate(31 * kSecond, 5'000), 0U);
  EXPECT_TRUE(agent_.is_consent_expired(31 * kSecond));
  agent_.handle_timeout(60 * kSecond);
  EXPECT_TRUE(take_events(agent_).empty());
}

TEST_F(IceConsentTest, ThereIsNoneBeforeTheFirstCheck) {
  EXPECT_TRUE(agent_.is_consent_expired(0));
  check(0, 5'000);
  EXPECT_FALSE(agent_.is_consent_expired(0));
}

TEST_F(IceConsentTest, TheTimeoutIsConfigurable) {
  IceLiteAgent agent(credentials_, {.consent_timeout = 5 * kSecond}, 0);
  deliver(agent, 0, pair_from_port(5'000),
          Check{.credentials = credentials_, .use_candidate = true}.bytes());
  EXPECT_EQ(agent.next_timeout(), 5 * kSecond);
  agent.handle_timeout(5 * kSecond);
  EXPECT_TRUE(has_event(take_events(agent), IceEventKind::kConsentLost));
}

TEST_F(IceConsentTest, CanBeLeftToAWorker) {
  IceLiteAgent agent(credentials_, {.consent_timeout = kNever}, 0);
  deliver(agent, 0, pair_from_port(5'000),
          Check{.credentials = credentials_, .use_candidate = true}.bytes());
  EXPECT_EQ(agent.next_timeout(), kNever);
  agent.handle_timeout(3'600 * kSecond);
  EXPECT_FALSE(agent.is_consent_expired(3'600 * kSecond));
  EXPECT_FALSE(has_event(take_events(agent), IceEventKind::kConsentLost));
}

TEST_F(IceConsentTest, APairThatIsNoLongerCheckedIsRemovedAloneIfItIsNotSelected) {
  check(0, 6'000);
  nominate(0, 5'000);
  check(20 * kSecond, 5'000);
  take_events(agent_);
  EXPECT_EQ(agent_.next_timeout(), 30 * kSecond);
  agent_.handle_timeout(30 * kSecond);
  EXPECT_EQ(take_events(agent_),
            (std::vector<IceEvent>{{IceEventKind::kPairRemoved, pair_from_port(6'000)}}));
  EXPECT_EQ(agent_.next_timeout(), 50 * kSecond);
}

TEST_F(IceConsentTest, NeverConnectedTimesOutAfterThirtySeconds) {
  EXPECT_EQ(agent_.next_timeout(), 30 * kSecond);
  agent_.handle_timeout(30 * kSecond - 1);
  EXPECT_TRUE(take_events(agent_).empty());
  agent_.handle_timeout(30 * kSecond);
  EXPECT_EQ(take_events(agent_), (std::vector<IceEvent>{{IceEventKind::kConnectTimeout, {}}}));
  EXPECT_EQ(nominate(31 * kSecond, 5'000), 0U);
}

TEST_F(IceConsentTest, ChecksWithoutNominationDoNotCountAsConnected) {
  for (int second = 0; second < 30; ++second) check(second * kSecond, 5'000);
  agent_.handle_timeout(30 * kSecond);
  EXPECT_TRUE(has_event(take_events(agent_), IceEventKind::kConnectTimeout));
}

}  // namespace
}  // namespace penstock
