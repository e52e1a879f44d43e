// What a call survives and what it does not: a control plane that does not run, a client that is
// gone (RFC 7675).
#include <gtest/gtest.h>

#include "tests/integration/harness/integration_test.h"
#include "tests/integration/harness/paused_thread.h"

namespace penstock::integration {
namespace {

constexpr Duration kConsentTimeout = 5 * kSecond;
constexpr const char* kShortConsent = "[media]\nconsent_timeout_s = 5\n";

using OutageTest = IntegrationTest;

TEST_F(OutageTest, ACallGoesOnWhileTheControlPlaneStandsStill) {
  start_server({.config = kShortConsent});
  start_call();
  const std::uint64_t before = bob().received_from(alice());
  const std::uint64_t answers_before = bob().subscriber().datagrams_received(DatagramKind::kStun);
  const std::uint64_t pli_before = alice().publisher().webrtc().pli_received();
  const auto is_pong = [](const json::value& event) { return text_at(event, "/janus") == "pong"; };
  const Timestamp start = loop_.now();
  {
    const PausedThread control_plane(server().process().pid());
    alice().session().connection().send({{"janus", "ping"}, {"transaction", "x"}});
    loop_.run_for(10 * kSecond);
    bob().subscriber().webrtc().request_keyframes(loop_.now());
    loop_.run_for(10 * kSecond);
    // It really stood still.
    EXPECT_TRUE(alice().session().wait_for_event(is_pong, 0).is_null());
  }
  const Duration pause = loop_.now() - start;
  // 50 audio and 90 video packets a second, less on a machine with much else to do.
  EXPECT_GT(bob().received_from(alice()) - before, 20U * 50U);
  // Checks every 2.5 s: consent (5 s) did not run out, as the workers answered.
  EXPECT_GE(bob().subscriber().datagrams_received(DatagramKind::kStun) - answers_before, 5U);
  EXPECT_GT(alice().publisher().webrtc().pli_received(), pli_before);
  const Timestamp resumed_at = loop_.now();
  EXPECT_FALSE(alice().session().wait_for_event(is_pong, 10 * kSecond).is_null());

  Participant& carol = add_participant();
  carol.publish();
  carol.subscribe({&alice(), &bob()});
  carol.wait_until_connected();
  ASSERT_TRUE(loop_.run_until(
      [&] { return carol.received_from(alice()) > 0 && carol.received_from(bob()) > 0; },
      10 * kSecond));
  const Duration joined_after = loop_.now() - resumed_at;
  const std::uint64_t packets = expect_nothing_lost();
  print_measured("stopped for " + milliseconds(pause) + ", 0 of " + std::to_string(packets) +
                 " packets lost; a third participant had media " + milliseconds(joined_after) +
                 " after it went on");
}

TEST_F(OutageTest, AClientWithoutConsentGetsNoMoreMediaAndIsGone) {
  start_server({.config = kShortConsent});
  start_call();
  loop_.run_for(3 * kSecond);
  const Timestamp cut_at = loop_.now();
  bob().publisher().cut();
  bob().subscriber().cut();
  const auto is_unpublished = [&](const json::value& event) {
    return number_at(event, "/plugindata/data/unpublished") == bob().user_id();
  };
  EXPECT_FALSE(alice().session().wait_for_event(is_unpublished, 20 * kSecond).is_null())
      << "the others were not told";
  const Duration told_after = loop_.now() - cut_at;
  for (const std::uint64_t handle : {bob().publisher_handle(), bob().subscriber_handle()}) {
    const json::value hangup = bob().session().wait_for_event(
        [&](const json::value& event) {
          return text_at(event, "/janus") == "hangup" && number_at(event, "/sender") == handle;
        },
        20 * kSecond);
    EXPECT_EQ(text_at(hangup, "/reason"), "ICE failed");
  }
  loop_.run_for(2 * kSecond);
  const Duration media_after_cut = bob().subscriber().last_media_at() - cut_at;
  // The last check was up to 2.5 s before the cut.
  EXPECT_GT(media_after_cut, kSecond);
  EXPECT_LT(media_after_cut, kConsentTimeout + kSecond);
  const std::uint64_t silent_since = bob().subscriber().bytes_received();
  loop_.run_for(2 * kSecond);
  EXPECT_EQ(bob().subscriber().bytes_received(), silent_since);
  print_measured("last media " + milliseconds(media_after_cut) +
                 " after the cut, others told after " + milliseconds(told_after));
}

TEST_F(OutageTest, AClientWhoseSignallingIsGoneIsGone) {
  start_server();
  start_call();
  bob().session().request({{"janus", "destroy"}});
  const Timestamp start = loop_.now();
  const json::value leaving = alice().session().wait_for_event(
      [&](const json::value& event) {
        return number_at(event, "/plugindata/data/leaving") == bob().user_id();
      },
      10 * kSecond);
  EXPECT_FALSE(leaving.is_null());
  const Duration told_after = loop_.now() - start;
  // A goodbye in DTLS, so that nobody waits for a timeout.
  EXPECT_TRUE(loop_.run_until(
      [&] { return bob().subscriber().webrtc().dtls_state() == DtlsState::kClosed; },
      10 * kSecond));
  print_measured("others told after " + milliseconds(told_after));
}

}  // namespace
}  // namespace penstock::integration
