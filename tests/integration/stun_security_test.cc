// Only an authenticated check changes anything, and who cannot authenticate hears nothing.
#include <gtest/gtest.h>

#include "dataplane/stun/writer.h"
#include "tests/integration/harness/forged_stun.h"
#include "tests/integration/harness/integration_test.h"

namespace penstock::integration {
namespace {

constexpr int kRepeats = 3;

class StunSecurityTest : public IntegrationTest {
 protected:
  // Sends every forged check from the client's own address and from the attacker's.
  void send_forged(SocketClient& client, Attacker& attacker) {
    for (int i = 0; i < kRepeats; ++i) {
      for (const ForgedCheck& check : forged_checks(client.webrtc().secrets())) {
        client.send_raw(check.bytes);
        attacker.send(client.webrtc().remote(), check.bytes);
        loop_.run_for(5 * kMillisecond);
      }
    }
    loop_.run_for(500 * kMillisecond);
  }
};

TEST_F(StunSecurityTest, ForgedChecksBeforeNominationAreNotAnswered) {
  start_server();
  const auto attacker = add_attacker(10);
  Participant& participant = add_participant();
  participant.join();
  participant.offer_media();
  SocketClient& client = participant.publisher();
  client.cut();  // its own checks wait
  for (int i = 0; i < kRepeats; ++i) {
    for (const ForgedCheck& check : forged_checks(client.webrtc().secrets())) {
      SCOPED_TRACE(check.name);
      client.send_raw(check.bytes);
      attacker->send(client.webrtc().remote(), check.bytes);
      loop_.run_for(20 * kMillisecond);
      EXPECT_EQ(client.bytes_received(), 0U);
      EXPECT_EQ(attacker->received_bytes(), 0U);
    }
  }
  loop_.run_for(500 * kMillisecond);
  EXPECT_EQ(client.bytes_received() + attacker->received_bytes(), 0U);
  client.cut(false);
  participant.wait_until_connected();
  EXPECT_EQ(attacker->received_bytes(), 0U);
  print_measured("0 bytes came back for " + std::to_string(2 * attacker->sent_bytes()));
}

TEST_F(StunSecurityTest, ForgedChecksDuringACallChangeNothing) {
  start_server();
  const auto attacker = add_attacker(10);
  start_call();
  for (SocketClient* client : {&alice().publisher(), &alice().subscriber()}) {
    send_forged(*client, *attacker);
    EXPECT_EQ(client->answers_unasked(), 0U);
    // A check that is not forged is answered: an answer would have been seen.
    client->send_raw(make_check(good_check(client->webrtc().secrets())));
    EXPECT_TRUE(loop_.run_until([&] { return client->answers_unasked() > 0; }, 5 * kSecond));
  }
  EXPECT_EQ(attacker->received_bytes(), 0U);
  const std::uint64_t packets = expect_nothing_lost();
  print_measured("0 bytes to the attacker, 0 of " + std::to_string(packets) + " packets lost");
}

TEST_F(StunSecurityTest, AGoodCheckWithoutNominationIsAnsweredAndMovesNothing) {
  start_server();
  const auto elsewhere = add_attacker(10);
  start_call();
  SocketClient& client = alice().subscriber();
  CheckOptions check = good_check(client.webrtc().secrets());
  check.use_candidate = false;
  elsewhere->send(client.webrtc().remote(), make_check(check));
  ASSERT_TRUE(loop_.run_until([&] { return elsewhere->received_bytes() > 0; }, 5 * kSecond));
  const std::uint64_t answer_bytes = elsewhere->received_bytes();
  loop_.run_for(kSecond);
  EXPECT_EQ(elsewhere->received_bytes(), answer_bytes) << "media went to another address";
  expect_nothing_lost();
  print_measured(std::to_string(elsewhere->sent_bytes()) + " bytes asked, " +
                 std::to_string(answer_bytes) + " answered");
}

TEST_F(StunSecurityTest, AGoodCheckThatNominatesMovesTheMedia) {
  start_server();
  const auto elsewhere = add_attacker(10);
  start_call();
  SocketClient& client = alice().subscriber();
  loop_.run_for(2'500 * kMillisecond);  // past the window of aggressive nomination
  const Timestamp moved_at = loop_.now();
  elsewhere->send(client.webrtc().remote(), make_check(good_check(client.webrtc().secrets())));
  // Far more than answers to checks.
  ASSERT_TRUE(loop_.run_until([&] { return elsewhere->received_bytes() > 20'000; }, 10 * kSecond));
  print_measured("20 kB of media at the new address after " + milliseconds(loop_.now() - moved_at));
}

TEST_F(StunSecurityTest, CredentialsFromBeforeAnIceRestartAreVoidOnceThePeerHasNominated) {
  start_server();
  const auto attacker = add_attacker(10);
  start_call();
  SocketClient& client = alice().publisher();
  const CheckOptions old_check = good_check(client.webrtc().secrets());
  const std::string offer = client.webrtc().restart_ice();
  const json::value answer = alice().session().message(
      alice().publisher_handle(), {{"request", "configure"}}, Jsep{"offer", offer});
  // Until the client nominates with the new ones, the old ones are good.
  const auto elsewhere = add_attacker(11);
  CheckOptions early_check = old_check;
  early_check.use_candidate = false;
  elsewhere->send(client.webrtc().remote(), make_check(early_check));
  EXPECT_TRUE(loop_.run_until([&] { return elsewhere->received_bytes() > 0; }, 5 * kSecond));
  ASSERT_TRUE(client.webrtc().accept_publish_answer(text_at(answer, "/jsep/sdp"), loop_.now()))
      << json::serialize(answer);
  EXPECT_NE(good_check(client.webrtc().secrets()).username, old_check.username);
  loop_.run_for(kSecond);  // the client nominates with its new credentials
  for (int i = 0; i < 5; ++i) {
    attacker->send(client.webrtc().remote(), make_check(old_check));
    client.send_raw(make_check(old_check));
  }
  loop_.run_for(kSecond);
  EXPECT_EQ(attacker->received_bytes(), 0U);
  EXPECT_EQ(client.answers_unasked(), 0U);
  const std::uint64_t packets = expect_nothing_lost();
  print_measured("0 of " + std::to_string(packets) + " packets lost over the restart");
}

TEST_F(StunSecurityTest, TheServerIsNoReflector) {
  start_server();
  const auto attacker = add_attacker(10);
  const SocketAddress server{IpAddress::from_v4({198, 18, 0, 2}), 50'000};
  stun::TransactionId id{};
  for (const auto message_class :
       {stun::MessageClass::kRequest, stun::MessageClass::kIndication,
        stun::MessageClass::kSuccessResponse, stun::MessageClass::kErrorResponse}) {
    Bytes bytes(1'472);
    stun::MessageWriter bare(bytes, message_class, id);
    attacker->send(server, std::span(bytes).first(bare.finish()));
    stun::MessageWriter large(bytes, message_class, id);
    large.add_text(stun::kAttributeUsername, "nobody:nowhere");
    large.add_bytes(stun::kAttributeSoftware, Bytes(1'400));
    large.add_fingerprint();
    attacker->send(server, std::span(bytes).first(large.finish()));
  }
  loop_.run_for(kSecond);
  EXPECT_GT(attacker->sent_bytes(), 5'000U);
  EXPECT_EQ(attacker->received_bytes(), 0U);
  print_measured("0 bytes for " + std::to_string(attacker->sent_bytes()));
}

}  // namespace
}  // namespace penstock::integration
