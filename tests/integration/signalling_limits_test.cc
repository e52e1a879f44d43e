// Requests that are too much, and offers that are not WebRTC, over the wire.
#include <gtest/gtest.h>

#include "tests/integration/harness/integration_test.h"

namespace penstock::integration {
namespace {

class SignallingLimitsTest : public IntegrationTest {
 protected:
  void SetUp() override {
    IntegrationTest::SetUp();
    start_server({.config = "[signalling]\nsessions_per_connection_max = 100\n"});
  }
  void TearDown() override {
    if (!HasFatalFailure()) expect_still_serving();
    IntegrationTest::TearDown();
  }
  void expect_still_serving() {
    const HttpAnswer answer = http_request("GET", "/janus/info", "");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(text_at(json::parse(answer.body), "/janus"), "server_info");
  }
  // What the server says to an offer; 0 if it takes it.
  std::uint64_t error_for_offer(const std::string& offer) {
    JanusSession session(loop_, JanusTransport::kWebSocket);
    const std::uint64_t handle = session.attach();
    session.message(handle, {{"request", "join"}, {"ptype", "publisher"}, {"room", kRoom}});
    const json::value answer =
        session.message(handle, {{"request", "configure"}}, Jsep{"offer", offer});
    EXPECT_FALSE(answer.is_null());
    return number_at(answer, "/plugindata/data/error_code");
  }
  std::string good_offer() {
    test::WebRtcClient client(test::ClientConfig{}, certificate());
    return client.make_publish_offer({audio(1), video(1)});
  }
};

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::string nested(std::size_t depth) {
  return R"({"janus":"ping","transaction":"t","x":)" + std::string(depth, '[') +
         std::string(depth, ']') + "}";
}

TEST_F(SignallingLimitsTest, ALargeWebSocketMessageClosesTheConnection) {
  JanusWebSocket connection(loop_);
  connection.send_text(R"({"janus":"ping","transaction":")" + std::string(300'000, 'x') + "\"}");
  ASSERT_TRUE(loop_.run_until([&] { return connection.close_code() != 0; }, 10 * kSecond));
  EXPECT_EQ(connection.close_code(), 1009);
  EXPECT_TRUE(connection.inbox().empty());
}

TEST_F(SignallingLimitsTest, ALargeBodyIsRefused) {
  const std::string body = R"({"janus":"ping","transaction":")" + std::string(300'000, 'x') + "\"}";
  EXPECT_EQ(http_request("POST", "/janus", body).status, 413U);
}

TEST_F(SignallingLimitsTest, DeepJsonIsAnError) {
  JanusWebSocket connection(loop_);
  for (const std::size_t depth : {40UL, 100'000UL}) {
    connection.send_text(nested(depth));
    ASSERT_TRUE(loop_.run_until([&] { return !connection.inbox().empty(); }, 10 * kSecond));
    EXPECT_EQ(number_at(connection.inbox().front(), "/error/code"), 454U);
    connection.inbox().clear();
  }
  EXPECT_EQ(number_at(json::parse(http_request("POST", "/janus", nested(40)).body), "/error/code"),
            454U);
}

TEST_F(SignallingLimitsTest, ALongTransactionIsAnErrorAndNotEchoed) {
  JanusWebSocket connection(loop_);
  connection.send({{"janus", "ping"}, {"transaction", std::string(10'000, 'x')}});
  ASSERT_TRUE(loop_.run_until([&] { return !connection.inbox().empty(); }, 10 * kSecond));
  const json::value& answer = connection.inbox().front();
  EXPECT_EQ(number_at(answer, "/error/code"), 467U);
  EXPECT_LT(json::serialize(answer).size(), 1'000U);
}

TEST_F(SignallingLimitsTest, OneConnectionHasSoManySessionsAndNoMore) {
  JanusWebSocket connection(loop_);
  for (int i = 0; i < 150; ++i) {
    connection.send({{"janus", "create"}, {"transaction", std::to_string(i)}});
  }
  ASSERT_TRUE(loop_.run_until([&] { return connection.inbox().size() == 150; }, 20 * kSecond));
  std::uint64_t made = 0;
  std::uint64_t refused = 0;
  for (const json::value& answer : connection.inbox()) {
    if (text_at(answer, "/janus") == "success") ++made;
    if (number_at(answer, "/error/code") == 472) ++refused;
  }
  EXPECT_EQ(made, 100U);
  EXPECT_EQ(refused, 50U);
}

TEST_F(SignallingLimitsTest, OffersThatAreNotWebRtcAreRefused) {
  const std::string good = good_offer();
  EXPECT_EQ(error_for_offer(good), 0U);
  for (const std::string profile : {"RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF"}) {
    EXPECT_EQ(error_for_offer(replaced(good, "UDP/TLS/RTP/SAVPF", profile)), 437U) << profile;
  }
  const std::string sdes =
      replaced(replaced(good, "UDP/TLS/RTP/SAVPF", "RTP/SAVPF"), "a=rtcp-mux\r\n",
               "a=rtcp-mux\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 "
               "inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n");
  EXPECT_EQ(error_for_offer(sdes), 437U);
}

TEST_F(SignallingLimitsTest, AnOfferFullOfCandidatesIsTakenWithoutThem) {
  std::string offer = good_offer();
  for (int i = 0; i < 1'000; ++i) offer += "a=candidate:1 1 udp 1 198.18.0.9 9 typ host\r\n";
  const Duration before = server().process().cpu_time();
  EXPECT_EQ(error_for_offer(offer), 0U);
  print_measured("1,000 candidates: " + milliseconds(server().process().cpu_time() - before) +
                 " of processor time with session and join");
  while (offer.size() < 200'000) offer += "a=candidate:1 1 udp 1 198.18.0.9 9 typ host\r\n";
  EXPECT_EQ(error_for_offer(offer), 0U);
}

TEST_F(SignallingLimitsTest, TrickledCandidatesAreAcknowledgedAndForgotten) {
  JanusSession session(loop_, JanusTransport::kWebSocket);
  const std::uint64_t handle = session.attach();
  for (int i = 0; i < 200; ++i) {
    const json::value answer = session.request(
        {{"janus", "trickle"},
         {"handle_id", handle},
         {"candidate",
          {{"sdpMid", "0"}, {"candidate", "candidate:1 1 udp 1 attacker.example 9 typ host"}}}});
    ASSERT_EQ(text_at(answer, "/janus"), "ack") << json::serialize(answer);
  }
}

}  // namespace
}  // namespace penstock::integration
