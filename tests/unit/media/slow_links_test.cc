// Who is told of losses: of so many within a second, by either side's reports.
#include "tests/unit/media/media_fixture.h"

namespace penstock {
namespace {

class SlowLinksTest : public MediaTest {
 protected:
  explicit SlowLinksTest(std::uint64_t packets = 10) : MediaTest(with(packets)) { begin(); }
  static MediaConfig with(std::uint64_t packets) {
    MediaConfig config = default_config();
    config.slow_link_packets = packets;
    return config;
  }
  // Peer 2 receives what peer 1 publishes, and both are connected.
  void begin() {
    test::WebRtcClient& publisher = client_of(1);
    const std::string offer = publisher.make_publish_offer(
        {{.kind = MediaKind::kAudio, .sender = 1}, {.kind = MediaKind::kVideo, .sender = 1}});
    published = media->publish(1, kTestRoom, offer, policy(), now).value();
    ASSERT_TRUE(publisher.accept_publish_answer(published.answer_sdp, now));
    ASSERT_TRUE(answer(2, offer_to(2, mlines_of(published)).value()).has_value());
    run_for(kSecond);
    ASSERT_EQ(connected.size(), 2U);
    for (const auto& [handle, subscription] : dataplane.subscriptions) {
      if (subscription.config.target.stream == published.streams[1].handle) video = handle;
    }
    ASSERT_FALSE(video.is_null());
  }
  // What was lost so far, on the way of the video to us and from us.
  void lose(std::int64_t up, std::int64_t down) {
    dataplane.stream_reports[published.streams[1].handle] = {.ssrc = 21, .packets_lost = up};
    dataplane.subscription_reports[video] = {.ssrc = 22, .packets_lost = down};
  }
  std::vector<std::string> told_in(Duration duration) {
    media_changes.clear();
    run_for(duration);
    return std::exchange(media_changes, {});
  }
  using Told = std::vector<std::string>;

  PublishResult published;
  SubscriptionHandle video;
};

TEST_F(SlowLinksTest, SoManyLostWithinASecondAreTold) {
  lose(5, 5);
  EXPECT_EQ(told_in(2 * kSecond), Told{}) << "what was lost before anybody looked";
  lose(15, 5);
  EXPECT_EQ(told_in(1'500 * kMillisecond), Told{"1 1 lost 10 up"});
  lose(15, 30);
  EXPECT_EQ(told_in(1'500 * kMillisecond), Told{"2 1 lost 25 down"});
  lose(24, 39);
  EXPECT_EQ(told_in(2 * kSecond), Told{}) << "fewer";
  EXPECT_EQ(told_in(5 * kSecond), Told{}) << "nothing more is lost";
}

TEST_F(SlowLinksTest, DuplicatesAndAnotherSsrcAreNoLosses) {
  lose(20, 20);
  told_in(2 * kSecond);
  lose(-5, 0);
  EXPECT_EQ(told_in(2 * kSecond), Told{});
  dataplane.stream_reports[published.streams[1].handle] = {.ssrc = 99, .packets_lost = 500};
  EXPECT_EQ(told_in(2 * kSecond), Told{});
}

TEST_F(SlowLinksTest, ThereIsOneEventASecondForAnMline) {
  lose(0, 0);
  told_in(2 * kSecond);
  std::size_t told = 0;
  for (int i = 1; i <= 100; ++i) {
    lose(100 * i, 0);
    told += told_in(100 * kMillisecond).size();
  }
  EXPECT_GE(told, 9U);
  EXPECT_LE(told, 11U);
}

class NoThresholdTest : public SlowLinksTest {
 protected:
  NoThresholdTest() : SlowLinksTest(0) {}
};

TEST_F(NoThresholdTest, WithoutOneNobodyIsTold) {
  lose(0, 0);
  told_in(2 * kSecond);
  lose(1'000, 1'000);
  EXPECT_EQ(told_in(3 * kSecond), Told{});
  EXPECT_EQ(media->next_timeout(), kNever);
}

}  // namespace
}  // namespace penstock
