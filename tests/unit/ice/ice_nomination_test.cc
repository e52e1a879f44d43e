// Validated pairs, nomination and the selected pair (RFC 8445 sections 7.3.2 and 8.1.1).
#include <gtest/gtest.h>

#include "tests/unit/ice/ice_test_peer.h"

namespace penstock {
namespace {

using IceNominationTest = IceAgentTest;

TEST_F(IceNominationTest, ACheckValidatesAPairButDoesNotSelectIt) {
  EXPECT_GT(check(0, 5'000), 0U);
  EXPECT_TRUE(agent_.has_pair(pair_from_port(5'000)));
  EXPECT_FALSE(agent_.selected_pair().has_value());
  EXPECT_EQ(take_events(agent_),
            (std::vector<IceEvent>{{IceEventKind::kPairAdded, pair_from_port(5'000)}}));
}

TEST_F(IceNominationTest, UseCandidateSelectsThePair) {
  check(0, 5'000);
  nominate(0, 5'000);
  EXPECT_EQ(selected_port(), 5'000);
  EXPECT_EQ(take_events(agent_),
            (std::vector<IceEvent>{{IceEventKind::kPairAdded, pair_from_port(5'000)},
                                   {IceEventKind::kPairSelected, pair_from_port(5'000)}}));
}

TEST_F(IceNominationTest, RepeatedChecksSayNothingNew) {
  nominate(0, 5'000);
  take_events(agent_);
  for (int i = 0; i < 100; ++i) EXPECT_GT(nominate(i * kSecond / 10, 5'000), 0U);
  EXPECT_TRUE(take_events(agent_).empty());
  EXPECT_EQ(agent_.pair_count(), 1U);
}

TEST_F(IceNominationTest, OfTwoNominatedAtOnceTheHigherPriorityWinsInEitherOrder) {
  for (const bool high_first : {true, false}) {
    IceLiteAgent agent(credentials_, {}, 0);
    const auto nominate_at = [&](Timestamp now, bool high) {
      const Check nominating{.credentials = credentials_,
                             .priority = high ? kHighPriority : kLowPriority,
                             .use_candidate = true};
      deliver(agent, now, pair_from_port(high ? 7'000 : 5'000), nominating.bytes());
    };
    nominate_at(0, high_first);
    nominate_at(stun::kNominationWindow, !high_first);
    EXPECT_EQ(agent.selected_pair()->remote.port, 7'000) << high_first;
    EXPECT_EQ(agent.pair_count(), 2U);
  }
}

TEST_F(IceNominationTest, ALaterNominationMovesThePathEvenToALowerPriority) {
  nominate(0, 7'000, kHighPriority);
  nominate(stun::kNominationWindow + 1, 5'000, kLowPriority);
  EXPECT_EQ(selected_port(), 5'000);
}

TEST_F(IceNominationTest, APeerThatKeepsNominatingTheBetterPairStaysThere) {
  nominate(0, 7'000, kHighPriority);
  nominate(10 * kSecond, 7'000, kHighPriority);
  nominate(10 * kSecond + stun::kNominationWindow, 5'000, kLowPriority);
  EXPECT_EQ(selected_port(), 7'000);
}

TEST_F(IceNominationTest, ANatRebindingIsFollowedAtTheNextNominatingCheck) {
  nominate(0, 5'000);
  nominate(100 * kMillisecond, 5'001);  // the same candidate of the peer, seen from another port
  EXPECT_EQ(selected_port(), 5'001);
}

TEST_F(IceNominationTest, ACheckFromElsewhereWithoutUseCandidateLeavesThePath) {
  nominate(0, 5'000, kLowPriority);
  EXPECT_GT(check(10 * kSecond, 6'000, kHighPriority), 0U);
  EXPECT_EQ(selected_port(), 5'000);
}

TEST_F(IceNominationTest, WithTheRenominationDraftTheHighestNumberWins) {
  nominate(0, 7'000, kHighPriority, 1);
  nominate(kMillisecond, 5'000, kLowPriority, 2);
  EXPECT_EQ(selected_port(), 5'000);
  nominate(10 * kSecond, 7'000, kHighPriority, 1);
  EXPECT_EQ(selected_port(), 5'000) << "late arrival of an older nomination";
  nominate(20 * kSecond, 7'000, kHighPriority, 3);
  EXPECT_EQ(selected_port(), 7'000);
}

TEST_F(IceNominationTest, RemembersABoundedNumberOfPairsAndNeverForgetsTheSelectedOne) {
  nominate(0, 5'000);
  for (std::uint16_t i = 1; i < 100; ++i) {
    check(i * kMillisecond, static_cast<std::uint16_t>(6'000 + i));
    for (const IceEvent& event : take_events(agent_)) {
      EXPECT_NE(event, (IceEvent{IceEventKind::kPairRemoved, pair_from_port(5'000)}));
    }
    EXPECT_LE(agent_.pair_count(), kFlowsPerTransportMax);
    EXPECT_TRUE(agent_.has_pair(pair_from_port(5'000)));
  }
  EXPECT_EQ(agent_.pair_count(), kFlowsPerTransportMax);
  EXPECT_EQ(selected_port(), 5'000);
}

TEST_F(IceNominationTest, ReplacesThePairThatWasCheckedLongestAgo) {
  for (std::uint16_t port = 5'000; port < 5'008; ++port) check(port * kMillisecond, port);
  check(6'000 * kMillisecond, 5'000);  // now 5001 is the oldest
  take_events(agent_);
  check(6'001 * kMillisecond, 9'000);
  EXPECT_EQ(take_events(agent_),
            (std::vector<IceEvent>{{IceEventKind::kPairRemoved, pair_from_port(5'001)},
                                   {IceEventKind::kPairAdded, pair_from_port(9'000)}}));
}

TEST_F(IceNominationTest, OneRemoteAtTwoOfOurAddressesIsTwoPairs) {
  CandidatePair v6 = pair_from_port(5'000);
  v6.local.ip = parse_ip_address("fd00::2").value();
  check(0, 5'000);
  deliver(agent_, 0, v6, Check{.credentials = credentials_}.bytes());
  EXPECT_EQ(agent_.pair_count(), 2U);
}

TEST_F(IceNominationTest, FollowsTheWorkerThatMovedThePath) {
  nominate(0, 5'000);
  check(0, 6'000);
  take_events(agent_);
  agent_.handle_path_selected(kSecond, pair_from_port(6'000));
  EXPECT_EQ(selected_port(), 6'000);
  EXPECT_EQ(take_events(agent_),
            (std::vector<IceEvent>{{IceEventKind::kPairSelected, pair_from_port(6'000)}}));
}

TEST_F(IceNominationTest, TakesVerdictsOfChecksThatWereAnsweredElsewhere) {
  stun::BindingVerdict verdict;
  verdict.nominates = true;
  verdict.priority = kHighPriority;
  agent_.handle_verdict(0, pair_from_port(5'000), verdict, IceGeneration::kCurrent);
  EXPECT_EQ(agent_.pair_count(), 0U) << "not authenticated";
  verdict.authenticated = true;
  agent_.handle_verdict(0, pair_from_port(5'000), verdict, IceGeneration::kPrevious);
  EXPECT_EQ(agent_.pair_count(), 0U) << "there was no restart";
  agent_.handle_verdict(0, pair_from_port(5'000), verdict, IceGeneration::kCurrent);
  EXPECT_EQ(selected_port(), 5'000);
}

}  // namespace
}  // namespace penstock
