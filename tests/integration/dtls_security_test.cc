// DTLS only from validated pairs, only with the certificate that was announced, in as many pieces
// as the client likes.
#include <gtest/gtest.h>

#include "dataplane/base/endian.h"
#include "tests/integration/harness/dtls_records.h"
#include "tests/integration/harness/forged_stun.h"
#include "tests/integration/harness/integration_test.h"

namespace penstock::integration {
namespace {

constexpr const char* kWrongFingerprint =
    "sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";

class DtlsSecurityTest : public IntegrationTest {
 protected:
  // Joins, offers and answers as usual; returns why the server hung up.
  std::string hangup_reason(Participant& participant, std::uint64_t handle) {
    const json::value hangup = participant.session().wait_for_event(
        [&](const json::value& event) {
          return text_at(event, "/janus") == "hangup" && number_at(event, "/sender") == handle;
        },
        20 * kSecond);
    return text_at(hangup, "/reason");
  }
};

TEST_F(DtlsSecurityTest, NothingOfDtlsIsSentBeforeThePairIsNominated) {
  start_server();
  Participant& publishing = add_participant();
  publishing.publish();
  ParticipantOptions options;
  options.subscriber.nominates = false;
  options.subscriber.is_dtls_client = false;  // the server would send the ClientHello
  Participant& waiting = add_participant(options);
  waiting.subscribe({&publishing});
  SocketClient& client = waiting.subscriber();
  ASSERT_TRUE(loop_.run_until([&] { return client.webrtc().is_ice_connected(); }, 10 * kSecond));
  const Bytes hello = make_client_hello(certificate());
  for (int i = 0; i < 10; ++i) {
    client.send_raw(hello);  // from a valid pair that is not nominated
    loop_.run_for(500 * kMillisecond);
  }
  EXPECT_EQ(client.datagrams_received(DatagramKind::kDtls), 0U);
  EXPECT_EQ(client.datagrams_received(DatagramKind::kRtp), 0U);
  // With the nomination it comes: the test can see DTLS.
  client.send_raw(make_check(good_check(client.webrtc().secrets())));
  const Timestamp nominated_at = loop_.now();
  EXPECT_TRUE(loop_.run_until([&] { return client.datagrams_received(DatagramKind::kDtls) > 0; },
                              10 * kSecond));
  print_measured("0 DTLS datagrams in 5 s before the nomination, the first " +
                 milliseconds(loop_.now() - nominated_at) + " after it");
}

// ADR 0016: the handshake begins with the client's ClientHello; media waits for the nomination.
TEST_F(DtlsSecurityTest, AClientHelloFromAValidPairIsAnsweredAndNothingElseBeforeTheNomination) {
  start_server();
  Participant& publishing = add_participant();
  publishing.publish();
  ParticipantOptions options;
  options.subscriber.nominates_after = 60 * kSecond;
  Participant& waiting = add_participant(options);
  waiting.subscribe({&publishing});
  SocketClient& client = waiting.subscriber();
  ASSERT_TRUE(loop_.run_until([&] { return client.webrtc().is_connected(); }, 10 * kSecond));
  publishing.start_media();
  loop_.run_for(2 * kSecond);
  EXPECT_EQ(client.datagrams_received(DatagramKind::kRtp), 0U);
  client.send_raw(make_check(good_check(client.webrtc().secrets())));
  EXPECT_TRUE(loop_.run_until([&] { return client.datagrams_received(DatagramKind::kRtp) > 0; },
                              10 * kSecond));
}

TEST_F(DtlsSecurityTest, ClientHellosAndMediaFromOtherAddressesDoNotDisturbACall) {
  start_server();
  const std::vector<std::unique_ptr<Attacker>> attackers = [&] {
    std::vector<std::unique_ptr<Attacker>> made;
    for (std::uint8_t host = 10; host < 13; ++host) made.push_back(add_attacker(host));
    return made;
  }();
  const Bytes hello = make_client_hello(certificate());
  Bytes short_rtp(12);
  Bytes long_rtp(1'472, 0x55);
  std::uint64_t hellos = 0;
  const auto attack = [&](const SocketClient& victim) {
    for (Bytes* rtp : {&short_rtp, &long_rtp}) {
      (*rtp)[0] = 0x80;
      store_be32(rtp->data() + 8, victim.webrtc().secrets().first_ssrc);
    }
    for (const auto& attacker : attackers) {
      for (const auto& bytes : {hello, short_rtp, hello, long_rtp, hello}) {
        attacker->send(victim.webrtc().remote(), bytes);
      }
      hellos += 3;
    }
    loop_.run_for(2 * kMillisecond);
  };

  Participant& victim = add_participant();
  victim.join();
  victim.offer_media();
  SocketClient& client = victim.publisher();
  client.cut();
  while (hellos < 300) attack(client);
  client.cut(false);
  // The whole handshake is under attack: the victim's part of it waits for the attackers'.
  const std::uint64_t during = hellos;
  client.set_filter([&](Bytes datagram) -> std::vector<Bytes> {
    const bool is_early =
        classify_datagram(datagram) == DatagramKind::kDtls && hellos < during + 1'000;
    if (is_early) return {};
    return {std::move(datagram)};
  });
  const Timestamp start = loop_.now();
  while (!client.webrtc().is_connected() && loop_.now() - start < 30 * kSecond) attack(client);
  ASSERT_TRUE(client.webrtc().is_connected());
  EXPECT_GE(hellos - during, 1'000U);
  const std::uint64_t hellos_during = hellos - during;
  client.set_filter(nullptr);

  victim.start_media();
  Participant& other = add_participant();
  other.publish();
  other.subscribe({&victim});
  victim.subscribe({&other});
  victim.wait_until_connected();
  other.wait_until_connected();
  const Timestamp media_start = loop_.now();
  while (loop_.now() - media_start < 2 * kSecond) {
    attack(victim.publisher());
    attack(victim.subscriber());
  }
  const std::uint64_t packets = expect_nothing_lost();
  EXPECT_GT(packets, 100U);
  for (const auto& attacker : attackers) EXPECT_EQ(attacker->received_bytes(), 0U);
  print_measured(std::to_string(hellos_during) + " ClientHellos during the handshake, " +
                 std::to_string(hellos) + " in all; 0 bytes back, 0 of " + std::to_string(packets) +
                 " packets lost");
}

TEST_F(DtlsSecurityTest, PlaintextRecordsFromTheRightAddressDoNotEndACall) {
  start_server();
  start_call();
  const Bytes hello = make_client_hello(certificate());
  const Bytes fatal_alert = make_record(21, 77, {2, 40});
  const Bytes close_notify = make_record(21, 78, {1, 0});
  const Bytes hello_request = make_record(22, 79, Bytes(12));
  const Bytes change_cipher_spec = make_record(20, 80, {1});
  const Bytes garbage(100, 22);
  for (int i = 0; i < 10; ++i) {
    for (const Bytes* bytes :
         {&hello, &fatal_alert, &close_notify, &hello_request, &change_cipher_spec, &garbage}) {
      alice().publisher().send_raw(*bytes);
      alice().subscriber().send_raw(*bytes);
      loop_.run_for(5 * kMillisecond);
    }
  }
  loop_.run_for(kSecond);
  const std::uint64_t packets = expect_nothing_lost();
  EXPECT_EQ(alice().publisher().webrtc().dtls_state(), DtlsState::kConnected);
  EXPECT_EQ(alice().subscriber().webrtc().dtls_state(), DtlsState::kConnected);
  print_measured("120 records injected, 0 of " + std::to_string(packets) + " packets lost");
}

TEST_F(DtlsSecurityTest, APublisherWithAnotherCertificateThanAnnouncedIsHungUpOn) {
  start_server();
  ParticipantOptions options;
  options.publisher.fingerprint_override = kWrongFingerprint;
  Participant& liar = add_participant(options);
  liar.join();
  liar.offer_media();
  const std::string reason = hangup_reason(liar, liar.publisher_handle());
  EXPECT_TRUE(reason.starts_with("DTLS")) << reason;
  EXPECT_EQ(liar.publisher().datagrams_received(DatagramKind::kRtp), 0U);
  EXPECT_EQ(liar.publisher().datagrams_received(DatagramKind::kRtcp), 0U);
  print_measured("hangup: " + reason);
}

TEST_F(DtlsSecurityTest, ASubscriberWithAnotherCertificateThanAnnouncedGetsNoMedia) {
  start_server();
  Participant& publishing = add_participant();
  publishing.publish();
  for (const bool is_dtls_client : {true, false}) {
    ParticipantOptions options;
    options.subscriber.fingerprint_override = kWrongFingerprint;
    options.subscriber.is_dtls_client = is_dtls_client;
    Participant& liar = add_participant(options);
    liar.subscribe({&publishing});
    const std::string reason = hangup_reason(liar, liar.subscriber_handle());
    EXPECT_TRUE(reason.starts_with("DTLS")) << reason;
    loop_.run_for(500 * kMillisecond);
    EXPECT_EQ(liar.subscriber().datagrams_received(DatagramKind::kRtp), 0U);
    EXPECT_EQ(liar.subscriber().datagrams_received(DatagramKind::kRtcp), 0U);
  }
}

TEST_F(DtlsSecurityTest, AnOfferWithoutFingerprintIsAnError) {
  start_server();
  Participant& participant = add_participant();
  participant.join();
  std::string offer = participant.publisher().webrtc().make_publish_offer({audio(1)});
  const auto begin = offer.find("a=fingerprint");
  offer.erase(begin, offer.find("\r\n", begin) + 2 - begin);
  const json::value answer = participant.session().message(
      participant.publisher_handle(), {{"request", "configure"}}, Jsep{"offer", offer});
  EXPECT_EQ(number_at(answer, "/plugindata/data/error_code"), 437U) << json::serialize(answer);
  print_measured(text_at(answer, "/plugindata/data/error"));
}

class SplitClientHelloTest : public DtlsSecurityTest,
                             public ::testing::WithParamInterface<FragmentOrder> {};

TEST_P(SplitClientHelloTest, Connects) {
  start_server();
  Participant& participant = add_participant();
  participant.join();
  participant.offer_media();
  std::size_t datagrams_of_first = 0;
  participant.publisher().set_filter(
      [&, split = split_client_hello(GetParam())](Bytes datagram) mutable {
        const bool is_dtls = classify_datagram(datagram) == DatagramKind::kDtls;
        std::vector<Bytes> result = split(std::move(datagram));
        if (is_dtls && datagrams_of_first == 0) datagrams_of_first = result.size();
        return result;
      });
  const Timestamp start = loop_.now();
  participant.wait_until_connected();
  EXPECT_EQ(datagrams_of_first, 2U);
  print_measured("connected after " + milliseconds(loop_.now() - start));
}

INSTANTIATE_TEST_SUITE_P(BothOrders, SplitClientHelloTest,
                         ::testing::Values(FragmentOrder::kInOrder, FragmentOrder::kReversed),
                         [](const auto& order) {
                           return order.param == FragmentOrder::kInOrder ? "InOrder" : "Reversed";
                         });

}  // namespace
}  // namespace penstock::integration
