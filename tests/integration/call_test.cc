// A call of two over the real API, in every shape the server can be configured to.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "dataplane/base/prng.h"
#include "dataplane/rtp/demux.h"
#include "dataplane/srtp/backend.h"
#include "tests/integration/harness/integration_test.h"
#include "tests/integration/harness/namespace.h"

namespace penstock::integration {
namespace {

class CallTest : public IntegrationTest {
 protected:
  // Lets the call go on until it has had the RTCP that a call needs; then everything must have
  // arrived.
  void expect_good_call(SrtpProfile profile = SrtpProfile::kAeadAes128Gcm);
};

bool has_reports(const Participant& participant) {
  const test::WebRtcClient& publisher = participant.publisher().webrtc();
  const auto& received = participant.subscriber().webrtc().received();
  return publisher.receiver_reports() >= 1 && publisher.feedback_received() >= 3 &&
         publisher.feedback_packets_reported() >= publisher.media_sent() / 2 &&
         publisher.pli_received() >= 1 && std::ranges::all_of(received, [](const auto& entry) {
           return entry.second.sender_reports >= 1;
         });
}

void CallTest::expect_good_call(SrtpProfile profile) {
  ASSERT_FALSE(HasFatalFailure());
  for (Participant* participant : {&alice(), &bob()}) {
    test::WebRtcClient& client = participant->subscriber().webrtc();
    EXPECT_TRUE(loop_.run_until([&] { return client.received().size() == 2; }, 20 * kSecond));
    client.request_keyframes(loop_.now());  // it began with what was kept, perhaps
  }
  EXPECT_TRUE(
      loop_.run_until([&] { return has_reports(alice()) && has_reports(bob()); }, 20 * kSecond));
  const std::uint64_t packets = expect_nothing_lost();
  for (const Participant* participant : {&alice(), &bob()}) {
    EXPECT_EQ(participant->publisher().webrtc().srtp_profile(), profile);
    EXPECT_EQ(participant->subscriber().webrtc().srtp_profile(), profile);
    EXPECT_EQ(participant->subscriber().webrtc().received().size(), 2U);
  }
  print_measured(std::to_string(packets) + " packets received, 0 lost");
}

std::string srtp_config(const std::string& profile, const std::string& backend) {
  return "[srtp]\nbackend = \"" + backend + "\"\nprofiles = [\"" + profile + "\"]\n";
}

TEST_F(CallTest, TwoParticipantsHearAndSeeEachOther) {
  start_server();
  start_call();
  EXPECT_EQ(alice().publisher().webrtc().remote().port, 50'000);
  expect_good_call();
}

TEST_F(CallTest, ADtlsFlightThatTheKernelSendsInIpFragmentsConnects) {
  start_server();
  // From here on the kernel cuts whatever the client sends that is larger, ClientHello and all.
  run_command({"ip", "link", "set", "dev", "penstock0", "mtu", "300"});
  Participant& participant = add_participant();
  participant.publish();
  loop_.run_for(kSecond);
  stop_server(SIGTERM);
  EXPECT_NE(server().log().find("fragment_not_dtls"), std::string::npos) << "its video";
}

TEST_F(CallTest, ARoomThatSpansTwoWorkersIsOneRoom) {
  // Every peer goes to the other worker than the one before it: all media crosses.
  start_server({.config = "[workers]\ncount = 2\nroom_peers_max = 1\n"});
  start_call();
  EXPECT_NE(alice().publisher().webrtc().remote().port, bob().publisher().webrtc().remote().port);
  expect_good_call();
}

TEST_F(CallTest, Aes256Gcm) {
  start_server({.config = srtp_config("AEAD_AES_256_GCM", "ipsec-mb")});
  start_call();
  expect_good_call(SrtpProfile::kAeadAes256Gcm);
}

TEST_F(CallTest, AesCmHmacSha1) {
  start_server({.config = srtp_config("AES128_CM_HMAC_SHA1_80", "ipsec-mb")});
  start_call();
  expect_good_call(SrtpProfile::kAes128CmSha1_80);
}

TEST_F(CallTest, TheOtherSrtpBackend) {
  start_server({.config = srtp_config("AEAD_AES_128_GCM", "libsrtp")});
  start_call();
  expect_good_call();
}

TEST_F(CallTest, OurOwnGcm) {
  const bool is_runnable = penstock::is_runnable(SrtpBackend::kVaes);
  start_server({.config = srtp_config("AEAD_AES_128_GCM", is_runnable ? "vaes" : "auto")});
  start_call();
  expect_good_call();
}

// One in twenty of the video packets that arrive, those that are sent again among them.
SocketClient::Loss lossy_video(std::uint64_t seed) {
  return [prng = Prng(seed)](std::span<const std::uint8_t> datagram) mutable {
    const bool is_video =
        classify_datagram(datagram) == DatagramKind::kRtp && datagram.size() > 1'000;
    return is_video && prng.chance(1, 20);
  };
}

TEST_F(CallTest, VideoThatIsLostOnTheWayComesAgain) {
  for (const std::string config : {"", "[workers]\ncount = 2\nroom_peers_max = 1\n"}) {
    SCOPED_TRACE(config);
    start_server({.config = config});
    start_call();
    alice().subscriber().set_loss(lossy_video(1));
    bob().subscriber().set_loss(lossy_video(2));
    loop_.run_for(5 * kSecond);
    alice().subscriber().set_loss({});
    bob().subscriber().set_loss({});
    // A packet is missed when another comes behind it.
    const std::uint64_t of_bob = alice().received_from(bob());
    const std::uint64_t of_alice = bob().received_from(alice());
    EXPECT_TRUE(loop_.run_until(
        [&] {
          return alice().received_from(bob()) > of_bob + 100 &&
                 bob().received_from(alice()) > of_alice + 100;
        },
        20 * kSecond));
    expect_good_call();
    std::size_t repaired = 0;
    for (const Participant* participant : {&alice(), &bob()}) {
      for (const auto& [ssrc, stream] : participant->subscriber().webrtc().received()) {
        repaired += stream.repaired.size();
      }
    }
    EXPECT_GT(repaired, 20U);
    print_measured(std::to_string(repaired) + " packets repaired");
    remove_participants();
    stop_server(SIGTERM);
  }
}

TEST_F(CallTest, AClientThatWantsOnlyAesCmGetsIt) {
  start_server();
  ParticipantOptions options;
  options.publisher.srtp_profiles = {SrtpProfile::kAes128CmSha1_80};
  options.subscriber.srtp_profiles = {SrtpProfile::kAes128CmSha1_80};
  start_call(options);
  expect_good_call(SrtpProfile::kAes128CmSha1_80);
}

TEST_F(CallTest, TheServerAsDtlsClient) {
  start_server();
  ParticipantOptions options;
  options.subscriber.is_dtls_client = false;
  start_call(options);
  expect_good_call();
}

TEST_F(CallTest, OverIpv6) {
  start_server();
  ParticipantOptions options;
  options.address = parse_ip_address("fd00:198:18::1").value();
  start_call(options);
  expect_good_call();
}

TEST_F(CallTest, OverHttpLongPoll) {
  start_server();
  ParticipantOptions options;
  options.transport = JanusTransport::kHttp;
  start_call(options);
  expect_good_call();
}

std::string veth_config(const std::string& driver) {
  return "[port]\ndriver = \"" + driver +
         "\"\ninterface = \"server0\"\nipv4 = \"198.18.0.2/24\"\nipv6 = \"fd00:198:18::2/64\"\n";
}

TEST_F(CallTest, OverAfPacket) {
  add_veth_pair("server0", "client0", {"198.18.0.1/24"});
  start_server({.config = veth_config("net_af_packet"), .interface = ""});
  start_call();
  expect_good_call();
}

TEST_F(CallTest, OverAfXdp) {
  add_veth_pair("server0", "client0", {"198.18.0.1/24"});
  start_server({.config = veth_config("net_af_xdp"), .interface = ""});
  start_call();
  expect_good_call();
}

}  // namespace
}  // namespace penstock::integration
