// ICE restart (RFC 8445 section 9).
#include <gtest/gtest.h>

#include "tests/unit/ice/ice_test_peer.h"

namespace penstock {
namespace {

class IceRestartTest : public IceAgentTest {
 protected:
  void SetUp() override {
    nominate(0, 5'000);
    agent_.restart(restarted_);
    take_events(agent_);
  }

  std::size_t check_anew(Timestamp now, std::uint16_t remote_port, bool use_candidate = false,
                         std::uint32_t priority = kHighPriority) {
    return deliver(
        agent_, now, pair_from_port(remote_port),
        Check{.credentials = restarted_, .priority = priority, .use_candidate = use_candidate}
            .bytes());
  }

  IceCredentials restarted_ = generate_ice_credentials(random_);
};

TEST_F(IceRestartTest, TheOldPathStaysUntilTheNewOneIsNominated) {
  EXPECT_EQ(selected_port(), 5'000);
  EXPECT_GT(check(kSecond, 5'000), 0U) << "old credentials still refresh consent";
  EXPECT_GT(check_anew(kSecond, 6'000), 0U);
  EXPECT_EQ(selected_port(), 5'000);
  EXPECT_TRUE(agent_.previous_credentials().has_value());
  EXPECT_FALSE(agent_.is_consent_expired(30 * kSecond));
}

TEST_F(IceRestartTest, ANominationWithTheNewCredentialsEndsTheOldOnes) {
  check_anew(kSecond, 6'000);
  take_events(agent_);
  // At once, and whatever its priority is.
  EXPECT_GT(check_anew(kSecond, 6'000, true, kLowPriority), 0U);
  EXPECT_EQ(take_events(agent_),
            (std::vector<IceEvent>{{IceEventKind::kPairSelected, pair_from_port(6'000)},
                                   {IceEventKind::kRestarted, pair_from_port(6'000)}}));
  EXPECT_FALSE(agent_.previous_credentials().has_value());
}

TEST_F(IceRestartTest, TheSamePairMayBeNominatedAgain) {
  EXPECT_GT(check_anew(kSecond, 5'000, true), 0U);
  EXPECT_EQ(take_events(agent_),
            (std::vector<IceEvent>{{IceEventKind::kRestarted, pair_from_port(5'000)}}));
}

TEST_F(IceRestartTest, OldChecksAfterTheNominationAreIgnored) {
  check_anew(kSecond, 6'000, true);
  take_events(agent_);
  EXPECT_EQ(nominate(10 * kSecond, 5'000), 0U);
  EXPECT_EQ(nominate(10 * kSecond, 7'777), 0U) << "a replay from somewhere else";
  EXPECT_EQ(selected_port(), 6'000);
  EXPECT_TRUE(take_events(agent_).empty());
  EXPECT_EQ(agent_.next_timeout(), 30 * kSecond)
      << "consent counts from the last check with good credentials; pair 5000 goes first";
}

TEST_F(IceRestartTest, OldNominationsDuringTheRestartStillMoveThePath) {
  EXPECT_GT(nominate(10 * kSecond, 5'500), 0U);
  EXPECT_EQ(selected_port(), 5'500);
  EXPECT_TRUE(agent_.previous_credentials().has_value());
}

TEST_F(IceRestartTest, OldUfragWithTheNewPwdAndTheOtherWayRoundAreRefused) {
  for (const bool old_ufrag : {true, false}) {
    IceCredentials mixed = old_ufrag ? credentials_ : restarted_;
    ASSERT_TRUE(mixed.local_pwd.assign((old_ufrag ? restarted_ : credentials_).local_pwd.view()));
    EXPECT_EQ(deliver(agent_, kSecond, pair_from_port(6'000),
                      Check{.credentials = mixed, .use_candidate = true}.bytes()),
              0U);
  }
  EXPECT_EQ(agent_.pair_count(), 1U);
}

TEST_F(IceRestartTest, ASecondRestartDropsTheOldestCredentials) {
  const IceCredentials third = generate_ice_credentials(random_);
  agent_.restart(third);
  EXPECT_EQ(check(kSecond, 5'000), 0U);
  EXPECT_GT(check_anew(kSecond, 5'000), 0U);
  EXPECT_GT(deliver(agent_, kSecond, pair_from_port(5'000),
                    Check{.credentials = third, .use_candidate = true}.bytes()),
            0U);
  EXPECT_EQ(check_anew(2 * kSecond, 5'000), 0U);
}

TEST_F(IceRestartTest, AnswersAreSignedWithThePwdTheCheckWasMadeWith) {
  for (const IceCredentials* used : {&credentials_, &restarted_}) {
    stun::MessageView request;
    const auto bytes = Check{.credentials = *used}.bytes();
    ASSERT_EQ(stun::parse_message(bytes, request), DropReason::kNone);
    std::array<std::uint8_t, stun::kAnswerBytesMax> answer;
    const auto verdict = agent_.handle_request(kSecond, pair_from_port(5'000), request, answer);
    stun::MessageView view;
    ASSERT_EQ(stun::parse_message(std::span(answer).first(verdict.bytes), view), DropReason::kNone);
    EXPECT_EQ(view.message_class, stun::MessageClass::kSuccessResponse);
    EXPECT_TRUE(stun::verify_integrity(view, used->local_pwd.view()));
    EXPECT_EQ(view.xor_mapped_address, pair_from_port(5'000).remote);
  }
}

}  // namespace
}  // namespace penstock
