// Consent (RFC 7675): nothing is sent to whom nothing authentic has come from for 30 s, whoever
// asks for it.
#include "dataplane/rtp/rtcp/receiver_report.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

class ConsentTest : public WorkerTest {
 protected:
  explicit ConsentTest(const WorkerTestConfig& config = {})
      : WorkerTest(config),
        publisher(add_connected_peer()),
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
  std::vector<std::uint8_t> receiver_report() {
    std::array<std::uint8_t, 100> plain;
    ByteWriter writer(plain);
    EXPECT_TRUE(write_receiver_report(writer, 0x77, {}));
    return srtcp(receiver, std::span(plain).first(writer.size()));
  }
  // As a NAT that lost its binding shows the receiver.
  SocketAddress other_address() const {
    SocketAddress other = receiver.address;
    ++other.port;
    return other;
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

TEST_F(ConsentTest, AuthenticMediaKeepsIt) {
  for (int i = 0; i < 8; ++i) {
    run_call(10 * kSecond);
    receive_rtp(receiver, {.sequence = ++sequence});
  }
  EXPECT_EQ(drops(DropReason::kNoConsent), 0U);
  EXPECT_TRUE(expired.empty());
}

TEST_F(ConsentTest, AuthenticReportsKeepIt) {
  for (int i = 0; i < 8; ++i) {
    run_call(10 * kSecond);
    receive(receiver, receiver_report());
  }
  EXPECT_EQ(drops(DropReason::kNoConsent), 0U);
  EXPECT_TRUE(expired.empty());
  // The last of them was half a second ago at most: it counts from then.
  run_call(29 * kSecond);
  EXPECT_TRUE(expired.empty());
  run_call(1'500 * kMillisecond);
  EXPECT_FALSE(expired.empty());
}

// Each is offered each second, from the receiver's own address.
TEST_F(ConsentTest, NothingThatIsNotAuthenticKeepsIt) {
  const std::vector<std::uint8_t> media = srtp(receiver, {.sequence = ++sequence});
  const std::vector<std::uint8_t> report = receiver_report();
  receive(receiver, media);
  receive(receiver, report);
  run();
  const std::vector<std::uint8_t> indication = {0, 0x11, 0, 0, 0x21, 0x12, 0xA4, 0x42, 1,  2,
                                                3, 4,    5, 6, 7,    8,    9,    10,   11, 12};
  for (int i = 0; i < 32; ++i) {
    run_call(kSecond);
    receive(receiver, media);   // replayed
    receive(receiver, report);  // replayed
    std::vector<std::uint8_t> forged = srtp(receiver, {.sequence = ++sequence});
    forged.back() ^= 1;
    receive(receiver, forged);
    forged = receiver_report();
    forged.back() ^= 1;
    receive(receiver, forged);
    receive(receiver, check("wrong-password-01234567"));
    receive(receiver, indication);
  }
  EXPECT_GT(drops(DropReason::kSrtpReplay), 60U);
  EXPECT_GT(drops(DropReason::kSrtpAuthFailed), 60U);
  EXPECT_GT(drops(DropReason::kNoConsent), 0U);
  EXPECT_FALSE(expired.empty());
}

// It says that somebody who has the keys is there, not that media is wanted here.
TEST_F(ConsentTest, MediaFromAnotherAddressThanTheNominatedOneDoesNotKeepIt) {
  const auto port = static_cast<std::uint16_t>(kPortBase + receiver.worker);
  const Path path{.remote_mac = {{0x02, 0, 0, 0, 0, 0x77}},
                  .remote = other_address(),
                  .local = {addresses.ipv4.address, port}};
  registry->add_flow(receiver.transport, path, std::nullopt);
  run();
  const std::uint64_t received = stats[0].media_received.get();
  for (int i = 0; i < 32; ++i) {
    run_call(kSecond);
    receive(other_address(), port, srtp(receiver, {.sequence = ++sequence}));
    receive(other_address(), port, receiver_report());
  }
  EXPECT_GT(stats[0].media_received.get(), received + 32);
  EXPECT_GT(stats[0].rtcp_received.get(), 30U);
  EXPECT_FALSE(expired.empty());
}

// Shorter than the silence after which a pair gives way to another.
class ShortConsentTest : public ConsentTest {
 protected:
  ShortConsentTest() : ConsentTest({.consent_timeout = kSelectedPairSilenceMax / 2}) {}
  void check_on_another_pair(bool nominates, std::uint32_t nomination = 0) {
    const auto port = static_cast<std::uint16_t>(kPortBase + receiver.worker);
    receive(other_address(), port, check("server-password-0123456789", nominates, 1, nomination));
  }
  void add_other_pair() {
    registry->add_flow(receiver.transport,
                       {.remote_mac = kPeerMac,
                        .remote = other_address(),
                        .local = {addresses.ipv4.address, kPortBase}},
                       std::nullopt);
    run();
  }
};

TEST_F(ShortConsentTest, AnAuthenticatedCheckOnAnotherPairDoesNotKeepIt) {
  add_other_pair();
  for (int i = 0; i < 5; ++i) {
    run_call(kSecond);
    check_on_another_pair(false);
  }
  EXPECT_TRUE(expired.empty());
  run_call(1'500 * kMillisecond);
  EXPECT_FALSE(expired.empty());
}

TEST_F(ShortConsentTest, AnotherPairThatIsAddedDoesNotKeepIt) {
  run_call(5 * kSecond);
  add_other_pair();
  run_call(1'500 * kMillisecond);
  EXPECT_FALSE(expired.empty());
}

TEST_F(ShortConsentTest, ThePairThatIsNominatedNextKeepsIt) {
  add_other_pair();
  for (std::uint32_t i = 1; i <= 15; ++i) {
    run_call(kSecond);
    check_on_another_pair(true, i);
  }
  EXPECT_TRUE(expired.empty());
}

TEST_F(ConsentTest, LostConsentDoesNotComeBack) {
  run_call(31 * kSecond);
  static_cast<void>(sent_to_receiver());
  receive(receiver, check());
  receive_rtp(receiver, {.sequence = ++sequence});
  receive(receiver, receiver_report());
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

class EndlessConsentTest : public ConsentTest {
 protected:
  EndlessConsentTest() : ConsentTest({.consent_timeout = kNever}) {}
};

TEST_F(EndlessConsentTest, SwitchedOffItNeverEnds) {
  for (int i = 0; i < 30; ++i) {
    run_call(10 * kSecond);
    EXPECT_GE(sent_to_receiver(), 95U) << i;
  }
  EXPECT_TRUE(expired.empty());
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
