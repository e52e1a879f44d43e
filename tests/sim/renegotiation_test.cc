// Goal: what a publisher changes while it publishes (its camera off and on again, another SSRC,
// another codec, m-lines stopped, recycled and added) reaches its receivers, with no more than a
// keyframe's time without media, and with no offer to them where none is due. Likewise what a
// receiver switches to. The times without media are printed.
#include <gtest/gtest.h>

#include <cstdio>

#include "dataplane/rtp/demux.h"
#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

constexpr std::size_t kVideoLine = 1;
// A frame's time, and what a request for a keyframe takes from one end of the links to the other
// and back.
constexpr Duration kFrame = 33 * kMillisecond;
constexpr Duration kDelay = 5 * kMillisecond;  // of a link, one way

class Renegotiation : public testing::TestWithParam<std::size_t> {
 protected:
  Renegotiation()
      : sim_({.seed = 901,
              .workers = GetParam(),
              .room_peers_per_worker_max = GetParam() == 1 ? 100U : 2U,
              .link = {.delay = kDelay}}) {}

  void SetUp() override {
    alice_.publish();
    bob_.publish();
    sim_.run_for(kSecond);
    viewer_.subscribe_to(alice_);
    sim_.run_for(kSecond);
    ASSERT_TRUE(sees_now(sim_, viewer_, alice_));
    ASSERT_EQ(viewer_.offers(), 1U);
  }
  void TearDown() override {
    for (const Person* person : {&alice_, &bob_, &viewer_})
      EXPECT_EQ(person->errors(), std::vector<std::string>{}) << person->name();
    EXPECT_EQ(viewer_.subscriber()->webrtc->srtp_failures(), 0U);
  }

  std::uint64_t video_packets() const {
    std::uint64_t packets = 0;
    for (const test::ReceivedStream* stream : video_streams()) packets += stream->packets;
    return packets;
  }
  std::vector<const test::ReceivedStream*> video_streams() const {
    std::vector<const test::ReceivedStream*> all;
    for (const Person* sender : {&alice_, &bob_}) {
      for (const auto* stream : streams_from(viewer_, *sender, MediaKind::kVideo))
        all.push_back(stream);
    }
    return all;
  }
  // The longest time in which no video came to the viewer, within `duration` from now.
  Duration longest_silence(Duration duration) {
    Duration longest = 0;
    const Timestamp end = sim_.now() + duration;
    Timestamp last_at = sim_.now();
    for (std::uint64_t packets = video_packets(); sim_.now() < end;) {
      sim_.run_for(kMillisecond);
      if (const std::uint64_t more = video_packets(); more != packets) {
        packets = more;
        last_at = sim_.now();
      }
      longest = std::max(longest, sim_.now() - last_at);
    }
    return longest;
  }
  // From the first packet that the client sends on to the first that comes to the viewer.
  Duration time_to_picture(const Person& publisher) {
    const std::uint64_t sent = publisher.publisher()->webrtc->video_sent();
    const std::uint64_t packets = video_packets();
    EXPECT_TRUE(sim_.run_until([&] { return publisher.publisher()->webrtc->video_sent() != sent; },
                               5 * kSecond));
    const Timestamp sent_at = sim_.now();
    EXPECT_TRUE(sim_.run_until([&] { return video_packets() != packets; }, 5 * kSecond));
    return sim_.now() - sent_at;
  }
  void report(const char* what, Duration silence) {
    std::printf("%s, %zu worker(s): %.1f ms without video (a frame each %.0f ms)\n", what,
                GetParam(), static_cast<double>(silence) / kMillisecond,
                static_cast<double>(kFrame) / kMillisecond);
  }
  void expect_one_clean_video_stream() {
    ASSERT_EQ(video_streams().size(), 1U) << "the receiver's SSRC has changed";
    const test::ReceivedStream& stream = *video_streams().front();
    EXPECT_EQ(stream.duplicates, 0U);
    EXPECT_EQ(stream.lost(), 0U);
  }
  test::WebRtcClient& alices_client() { return *alice_.publisher()->webrtc; }

  Simulation sim_;
  Person& alice_ = sim_.join(kRoom, "alice");
  Person& bob_ = sim_.join(kRoom, "bob");
  Person& viewer_ = sim_.join(kRoom, "viewer");
};

TEST_P(Renegotiation, ACameraOffAndOnAgainIsSeenAgain) {
  for (const bool changes_ssrc : {false, true}) {
    alice_.renegotiate([](test::WebRtcClient& client) { client.set_sent(kVideoLine, false); });
    sim_.run_for(3 * kSecond);
    const std::uint64_t before = video_packets();
    sim_.run_for(kSecond);
    EXPECT_EQ(video_packets(), before) << "it is off";
    alice_.renegotiate([&](test::WebRtcClient& client) {
      client.set_sent(kVideoLine, true);
      if (changes_ssrc) client.take_another_ssrc(kVideoLine);
    });
    const Duration silence = time_to_picture(alice_);
    report(changes_ssrc ? "camera off and on with another SSRC" : "camera off and on", silence);
    EXPECT_LE(silence, kFrame);
    sim_.run_for(kSecond);
    EXPECT_TRUE(sees_now(sim_, viewer_, alice_));
    expect_one_clean_video_stream();
  }
  EXPECT_EQ(viewer_.offers(), 1U) << "nothing has changed for receivers";
  EXPECT_EQ(viewer_.subscriber()->webrtc->received().begin()->second.foreign, 0U);
}

TEST_P(Renegotiation, AnotherSsrcOnTheSameMlineIsTheSameStream) {
  for (int round = 0; round < 120; ++round) {
    alice_.renegotiate([](test::WebRtcClient& client) { client.take_another_ssrc(kVideoLine); });
    const Duration silence = longest_silence(300 * kMillisecond);
    if (round == 0) report("another SSRC", silence);
    ASSERT_LE(silence, 2 * kFrame) << round;
  }
  EXPECT_TRUE(sees_now(sim_, viewer_, alice_));
  EXPECT_EQ(viewer_.offers(), 1U);
  expect_one_clean_video_stream();
  EXPECT_EQ(sim_.drops(DropReason::kSrtpTooManySsrcs), 0U);
}

TEST_P(Renegotiation, ALatePacketOfTheOldSsrcChangesNothing) {
  std::vector<std::uint8_t> late;
  SimClient& client = *alice_.publisher();
  const std::uint32_t old_ssrc = client.webrtc->ssrc_of(kVideoLine);
  // One of the last packets with the old SSRC takes long.
  client.filter_up = [&](std::span<std::uint8_t> datagram) {
    if (classify_datagram(datagram) != DatagramKind::kRtp) return true;
    const auto header = parse_rtp_header(datagram);
    if (!header || header->ssrc != old_ssrc || !late.empty()) return true;
    late.assign(datagram.begin(), datagram.end());
    return false;
  };
  alice_.renegotiate([](test::WebRtcClient& webrtc) { webrtc.take_another_ssrc(kVideoLine); });
  ASSERT_TRUE(
      sim_.run_until([&] { return client.webrtc->ssrc_of(kVideoLine) != old_ssrc; }, kSecond));
  sim_.run_for(100 * kMillisecond);
  ASSERT_FALSE(late.empty());
  client.filter_up = {};
  const std::uint64_t plis = client.webrtc->pli_received();
  sim_.inject(client.webrtc->local(), client.webrtc->remote(), late);
  EXPECT_LE(longest_silence(kSecond), 2 * kFrame);
  EXPECT_EQ(sim_.drops(DropReason::kSourceReplaced), 1U);
  EXPECT_EQ(client.webrtc->pli_received(), plis) << "nobody needs a keyframe";
  EXPECT_EQ(viewer_.offers(), 1U);
}

TEST_P(Renegotiation, AnotherCodecIsOfferedAndThePictureGoesOnWithTheAnswer) {
  alice_.renegotiate(
      [](test::WebRtcClient& client) { client.set_codec(kVideoLine, Codec::kH264); });
  const Duration silence = longest_silence(kSecond);
  report("another codec (an offer, and its answer)", silence);
  EXPECT_LE(silence, 200 * kMillisecond);
  EXPECT_EQ(viewer_.offers(), 2U);
  EXPECT_TRUE(sees_now(sim_, viewer_, alice_));
  EXPECT_GT(sim_.drops(DropReason::kCodecNotNegotiated), 0U) << "nothing of it before the answer";
  expect_one_clean_video_stream();
}

TEST_P(Renegotiation, AScreenThatIsSharedAndStoppedOverAndOverIsSeenEachTime) {
  constexpr std::size_t kScreenLine = 2;
  for (int round = 0; round < 120; ++round) {
    alice_.renegotiate([&](test::WebRtcClient& client) {
      client.use_line(kScreenLine, video(alice_.watermark()));
    });
    sim_.run_for(200 * kMillisecond);
    alice_.renegotiate([](test::WebRtcClient& client) { client.stop_line(kScreenLine); });
    sim_.run_for(100 * kMillisecond);
  }
  EXPECT_EQ(viewer_.offers(), 1U) << "it receives what it subscribed to";
  EXPECT_TRUE(sees_now(sim_, viewer_, alice_));
  alice_.renegotiate(
      [&](test::WebRtcClient& client) { client.use_line(kScreenLine, video(alice_.watermark())); });
  sim_.run_for(500 * kMillisecond);
  viewer_.subscribe_to(alice_);
  sim_.run_for(kSecond);
  EXPECT_EQ(video_streams().size(), 2U);
  for (const test::ReceivedStream* stream : video_streams())
    EXPECT_GE(stream->last_at + 200 * kMillisecond, sim_.now());
  EXPECT_EQ(sim_.drops(DropReason::kSrtpTooManySsrcs), 0U);
  EXPECT_EQ(sim_.drops(DropReason::kStreamUnknown), 0U);
}

TEST_P(Renegotiation, ASwitchShowsTheOtherAtOnceWithoutAnOffer) {
  const Person* shown = &alice_;
  for (int round = 0; round < 20; ++round) {
    const Person& next = shown == &alice_ ? bob_ : alice_;
    viewer_.switch_to(next);
    const Duration silence = longest_silence(400 * kMillisecond);
    if (round == 0) report("switch", silence);
    // Once the old one is left: to the next one's publisher and back for a keyframe, and its frame.
    EXPECT_LE(silence, 2 * kFrame + 4 * kDelay) << round;
    EXPECT_TRUE(sees_now(sim_, viewer_, next)) << round;
    shown = &next;
  }
  EXPECT_EQ(viewer_.offers(), 1U);
  expect_one_clean_video_stream();
}

TEST_P(Renegotiation, ASwitchWhilePausedShowsTheOtherWithTheResumption) {
  viewer_.pause();
  sim_.run_for(200 * kMillisecond);
  viewer_.switch_to(bob_);
  sim_.run_for(500 * kMillisecond);
  const std::uint64_t before = video_packets();
  sim_.run_for(200 * kMillisecond);
  EXPECT_EQ(video_packets(), before);
  viewer_.resume();
  sim_.run_for(500 * kMillisecond);
  EXPECT_TRUE(sees_now(sim_, viewer_, bob_));
  EXPECT_EQ(viewer_.offers(), 1U);
  expect_one_clean_video_stream();
}

INSTANTIATE_TEST_SUITE_P(Workers, Renegotiation, testing::Values(std::size_t{1}, std::size_t{2}),
                         [](const auto& test) {
                           return test.param == 1 ? std::string("OnOneWorker")
                                                  : std::string("AcrossWorkers");
                         });

}  // namespace
}  // namespace penstock::sim
