// Sessions of the real program: those of a backend that shows the API secret, and those whose
// connection is lost and that are claimed over another.
#include <gtest/gtest.h>

#include "tests/integration/harness/integration_test.h"

namespace penstock::integration {
namespace {

using BackendTest = IntegrationTest;

TEST_F(BackendTest, HasAsManyHandlesInOneSessionAsThePoolsHold) {
  // Of each of these a client would have two.
  start_server({.config = "[signalling]\n"
                          "api_secret = \"sesame\"\n"
                          "handles_per_session_max = 2\n"
                          "requests_per_session_burst = 2\n"
                          "requests_per_session_per_s = 2\n"
                          "[limits]\n"
                          "participants = 100\n"});
  JanusSession backend(loop_, JanusTransport::kWebSocket, "sesame");
  for (int i = 0; i < 400; ++i) ASSERT_NE(backend.attach(), 0U) << i;
  const json::value refused =
      backend.request({{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}});
  EXPECT_EQ(text_at(refused, "/error/reason"),
            "Couldn't attach to plugin: all handles are in use (limits.participants)");
}

TEST_F(BackendTest, WithoutTheSecretNobodyHasASession) {
  start_server({.config = "[signalling]\napi_secret = \"sesame\"\n"});
  EXPECT_THROW(JanusSession(loop_, JanusTransport::kWebSocket), std::runtime_error);
  EXPECT_THROW(JanusSession(loop_, JanusTransport::kHttp, "sesamo"), std::runtime_error);
}

class ClaimTest : public IntegrationTest {
 protected:
  // Whether `who` hears that the other one has left.
  static bool has_left(Participant& who, const Participant& other, Duration limit) {
    const auto is_leaving = [&](const json::value& event) {
      return number_at(event, "/plugindata/data/leaving") == other.user_id();
    };
    return !who.session().wait_for_event(is_leaving, limit).is_null();
  }
};

class ClaimOverTest : public ClaimTest, public testing::WithParamInterface<JanusTransport> {};

TEST_P(ClaimOverTest, ALostConnectionIsReplacedWhileTheCallGoesOn) {
  start_server({.config = "[signalling]\nreclaim_session_timeout_s = 60\n"});
  start_call();
  bob().session().lose_connection();
  loop_.run_for(2 * kSecond);
  Participant& carol = add_participant();
  carol.publish();
  const std::uint64_t before = alice().received_from(bob());
  loop_.run_for(2 * kSecond);
  EXPECT_GT(alice().received_from(bob()), before) << "the call goes on without signalling";
  EXPECT_EQ(text_at(bob().session().claim(GetParam()), "/janus"), "success");
  const json::value published = bob().session().wait_for_event(
      [&](const json::value& event) {
        return number_at(event, "/plugindata/data/publishers/0/id") == carol.user_id();
      },
      10 * kSecond);
  EXPECT_FALSE(published.is_null()) << "what happened meanwhile is told after the claim";
  EXPECT_FALSE(has_left(alice(), bob(), 0));
  const std::uint64_t at_claim = bob().received_from(alice());
  ASSERT_TRUE(
      loop_.run_until([&] { return bob().received_from(alice()) > at_claim + 50; }, 10 * kSecond));
  expect_nothing_lost();
  EXPECT_EQ(text_at(bob().session().request({{"janus", "destroy"}}), "/janus"), "success");
  EXPECT_TRUE(has_left(alice(), bob(), 10 * kSecond));
}

INSTANTIATE_TEST_SUITE_P(Transports, ClaimOverTest,
                         testing::Values(JanusTransport::kWebSocket, JanusTransport::kHttp),
                         [](const auto& test) {
                           return test.param == JanusTransport::kHttp ? "Http" : "WebSocket";
                         });

TEST_F(ClaimTest, ASessionThatNobodyClaimsEnds) {
  start_server({.config = "[signalling]\nreclaim_session_timeout_s = 2\n"});
  start_call();
  bob().session().lose_connection();
  EXPECT_TRUE(has_left(alice(), bob(), 20 * kSecond));
  const json::value answer = bob().session().claim(JanusTransport::kWebSocket);
  EXPECT_EQ(number_at(answer, "/error/code"), 458U) << json::serialize(answer);
}

}  // namespace
}  // namespace penstock::integration
