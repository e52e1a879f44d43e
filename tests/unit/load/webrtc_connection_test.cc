// Two full ICE agents of ours with each other: what a server that is not lite asks of a client. The
// lite case is in every test of a call.
#include "tests/client/webrtc_connection.h"

#include <gtest/gtest.h>

#include "controlplane/sdp/parser.h"
#include "dataplane/rtp/demux.h"

namespace penstock::test {
namespace {

SocketAddress host(std::uint8_t number) {
  return {IpAddress::from_v4({198, 18, 0, number}), 5'000};
}

struct WebRtcConnectionTest : ::testing::Test {
  WebRtcConnectionTest() : certificate(*Certificate::generate(1'700'000'000)) {
    dtls.emplace(*DtlsContext::create(certificate));
    const std::string fingerprint = "sha-256 " + certificate.fingerprint_sha256();
    offerer.emplace(ConnectionConfig{.seed = 1, .local = host(1), .fingerprint = fingerprint},
                    *dtls);
    answerer.emplace(ConnectionConfig{.seed = 2, .local = host(2), .fingerprint = fingerprint},
                     *dtls);
  }

  void negotiate() {
    const OfferedStream stream{.kind = MediaKind::kAudio, .ssrc = 1};
    const auto offer = sdp::parse_session_description(
        write_publish_offer(offerer->local_transport(), {&stream, 1}));
    ASSERT_TRUE(offer.has_value());
    answerer->take_offer(*offer);
    const auto answer = sdp::parse_session_description(
        write_subscription_answer(answerer->local_transport(), *offer, true));
    ASSERT_TRUE(answer.has_value());
    offerer->take_answer(*answer);
  }

  // Everything that `from` has to say is heard by `to`.
  static void deliver(Timestamp now, WebRtcConnection& from, WebRtcConnection& to) {
    ClientDatagram datagram;
    while (from.poll_output(datagram)) {
      EXPECT_EQ(datagram.to, to.local());
      if (classify_datagram(datagram.bytes) == DatagramKind::kStun) {
        to.handle_stun(now, from.local(), datagram.bytes);
      } else {
        to.handle_dtls(now, datagram.bytes);
      }
    }
  }

  void run_until_connected() {
    for (; now < 5 * kSecond && (!offerer->srtp_keys() || !answerer->srtp_keys());
         now += 10 * kMillisecond) {
      offerer->handle_timeout(now);
      answerer->handle_timeout(now);
      deliver(now, *offerer, *answerer);
      deliver(now, *answerer, *offerer);
    }
  }

  Timestamp now = kSecond;
  Certificate certificate;
  std::optional<DtlsContext> dtls;
  std::optional<WebRtcConnection> offerer;
  std::optional<WebRtcConnection> answerer;
};

TEST_F(WebRtcConnectionTest, FullAgentsConnectAndHaveTheSameKeys) {
  negotiate();
  offerer->start_checks(now);
  answerer->start_checks(now);
  run_until_connected();
  ASSERT_NE(offerer->srtp_keys(), nullptr);
  ASSERT_NE(answerer->srtp_keys(), nullptr);
  EXPECT_EQ(offerer->srtp_keys()->send.key, answerer->srtp_keys()->receive.key);
  EXPECT_EQ(offerer->srtp_keys()->receive.key, answerer->srtp_keys()->send.key);
}

TEST_F(WebRtcConnectionTest, TheControlledOneWaitsToBeNominated) {
  negotiate();
  // The offerer answers checks, but makes none.
  answerer->start_checks(now);
  answerer->handle_timeout(now);
  deliver(now, *answerer, *offerer);
  deliver(now, *offerer, *answerer);
  EXPECT_TRUE(answerer->is_ice_connected());
  EXPECT_EQ(answerer->dtls_state(), DtlsState::kNew);
  offerer->start_checks(now);
  run_until_connected();
  EXPECT_NE(answerer->srtp_keys(), nullptr);
}

TEST_F(WebRtcConnectionTest, ACheckWithoutThePasswordIsNotAnswered) {
  negotiate();
  offerer->start_checks(now);
  offerer->handle_timeout(now);
  answerer->make_credentials();  // others than those in its description
  deliver(now, *offerer, *answerer);
  ClientDatagram datagram;
  EXPECT_FALSE(answerer->poll_output(datagram));
}

}  // namespace
}  // namespace penstock::test
