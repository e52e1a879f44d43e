// Consent (RFC 7675): nothing is sent to who has not checked for 30 s, whoever asks for it.
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

class ConsentTest : public WorkerTest {
 protected:
  ConsentTest()
      : publisher(add_connected_peer()),
        receiver(add_connected_peer()),
        source(add_stream(publisher)),
        subscription(subscribe(receiver, source)) {}

  // The publisher goes on: checks and media.
  void run_call(Duration duration) {
    for (const Timestamp end = now + duration; now < end;) {
      receive(publisher, check());
      receive_rtp(publisher, {.sequence = ++sequence});
      run_for(100 * kMillisecond);
    }
  }
  std::size_t sent_to_receiver() {
    std::size_t count = 0;
    for (const auto& datagram : take_sent()) count += datagram.to == receiver.address ? 1U : 0U;
    return count;
  }

  TestPeer& publisher;
  TestPeer& receiver;
  StreamHandle source;
  SubscriptionHandle subscription;
  std::uint64_t sequence = TestRtp{}.sequence;
};

TEST_F(ConsentTest, MediaAndReportsEndAfterThirtySecondsWithoutACheck) {
  run_call(29 * kSecond);
  EXPECT_GE(sent_to_receiver(), 290U);
  run_call(1'500 * kMillisecond);
  static_cast<void>(sent_to_receiver());
  run_call(5 * kSecond);
  EXPECT_EQ(sent_to_receiver(), 0U);
  EXPECT_GT(drops(DropReason::kNoConsent), 40U);
  ASSERT_FALSE(expired.empty());
  EXPECT_EQ(expired.front(), receiver.transport);
}

TEST_F(ConsentTest, AnAuthenticatedCheckKeepsIt) {
  for (int i = 0; i < 8; ++i) {
    run_call(10 * kSecond);
    receive(receiver, check());
  }
  EXPECT_EQ(drops(DropReason::kNoConsent), 0U);
  EXPECT_TRUE(expired.empty());
}

TEST_F(ConsentTest, NeitherAWrongCheckNorMediaKeepsIt) {
  for (int i = 0; i < 4; ++i) {
    run_call(10 * kSecond);
    receive(receiver, check("wrong-password-01234567"));
    receive_rtp(receiver, {.sequence = ++sequence});
  }
  EXPECT_GT(drops(DropReason::kNoConsent), 0U);
  EXPECT_FALSE(expired.empty());
}

TEST_F(ConsentTest, LostConsentDoesNotComeBack) {
  run_call(31 * kSecond);
  static_cast<void>(sent_to_receiver());
  receive(receiver, check());
  run_call(2 * kSecond);
  EXPECT_EQ(sent_to_receiver(), 0U) << "not even an answer";
}

TEST_F(ConsentTest, TheControlPlaneIsToldAgainUntilItActs) {
  run_call(35 * kSecond);
  EXPECT_GE(expired.size(), 4U);
  EXPECT_LE(expired.size(), 6U) << "once a second";
  expired.clear();
  // A check in between must not silence it: the transport would be in limbo for ever.
  receive(receiver, check());
  run_call(2 * kSecond);
  EXPECT_GE(expired.size(), 1U);
  registry->destroy_transport(receiver.transport, now);
  run_call(100 * kMillisecond);
  expired.clear();
  run_call(3 * kSecond);
  EXPECT_TRUE(expired.empty());
}

TEST_F(ConsentTest, AnEventThatFindsTheRingFullIsOfferedAgain) {
  // Nobody empties the event ring, which has room for one.
  is_control_stopped = true;
  run();
  host.set_limits({.ring_entries = 1});
  run_call(33 * kSecond);
  is_control_stopped = false;
  host.set_limits({});
  run_for(2 * kSecond);
  EXPECT_FALSE(expired.empty());
  EXPECT_FALSE(media_changes.empty());
}

TEST_F(ConsentTest, NothingButAnswersIsSentBeforeThereIsAPath) {
  TestPeer& fresh = add_peer();
  set_keys(fresh);
  subscribe(fresh, source, 0x7777);
  static_cast<void>(take_sent());
  run_call(3 * kSecond);
  for (const auto& datagram : take_sent()) EXPECT_NE(datagram.to, fresh.address);
}

}  // namespace
}  // namespace penstock
