// Each receiver has layers of its own of a stream that comes in several.
#include <algorithm>
#include <map>

#include "dataplane/base/byte_writer.h"
#include "dataplane/rtp/payload/payload_info.h"
#include "dataplane/rtp/rtcp/nack.h"
#include "dataplane/rtp/rtcp/pli.h"
#include "tests/unit/worker/rtcp_parts.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

constexpr std::uint32_t kSmall = 0x2222;
constexpr std::uint32_t kLarge = 0x3333;

class LayersTest : public WorkerTest, public testing::WithParamInterface<WorkerIndex> {
 protected:
  LayersTest()
      : WorkerTest({.workers = GetParam()}),
        publisher(add_connected_peer()),
        one(add_connected_peer()),
        other(add_connected_peer(static_cast<WorkerIndex>(GetParam() - 1))) {
    StreamConfig config;
    config.transport = publisher.transport;
    config.mid = Mid::from("v");
    config.codec = Codec::kVp8;
    config.payload_type = 96;
    for (const std::uint32_t ssrc : {kSmall, kLarge})
      EXPECT_TRUE(config.signalled_ssrcs.push_back(ssrc));
    stream = add_stream(config);
    one_has = subscribe(one, stream, 0x8888, false, 0x8887);
    other_has = subscribe(other, stream, 0x9999);
  }

  // VP8 with picture id, TL0PICIDX, TID and KEYIDX. The size is in the keyframes; the last byte
  // says which encoding it is.
  std::vector<std::uint8_t> payload(std::uint32_t ssrc, bool is_keyframe) const {
    const std::uint32_t frame = frames[ssrc == kLarge];
    const std::uint8_t tid = frame % 2 == 0 ? 0 : 1;
    std::vector<std::uint8_t> bytes = {
        0x90,
        0xF0,
        static_cast<std::uint8_t>(0x80 | (ssrc == kLarge ? 0x10 : 0)),
        static_cast<std::uint8_t>(frame),
        static_cast<std::uint8_t>(frame / 2),
        static_cast<std::uint8_t>(tid << 6 | 0x20 | 1)};
    if (is_keyframe) {
      const std::uint8_t width = ssrc == kLarge ? 200 : 100;
      for (const int byte : {0x10, 0, 0, 0x9D, 0x01, 0x2A, int{width}, 0, int{width}, 0})
        bytes.push_back(static_cast<std::uint8_t>(byte));
    } else {
      bytes.push_back(0x01);
    }
    bytes.push_back(ssrc == kLarge ? 2 : 1);
    return bytes;
  }
  void send(std::uint32_t ssrc, bool is_keyframe = false) {
    std::uint32_t& frame = frames[ssrc == kLarge];
    receive_rtp(publisher, {.ssrc = ssrc,
                            .sequence = 65'536 + frame,
                            .timestamp = frame * 3'000 + ssrc,
                            .mid = "v",
                            .elements = elements,
                            .payload = payload(ssrc, is_keyframe)});
    ++frame;
    run();
  }
  void send_both(bool are_keyframes = false) {
    for (const std::uint32_t ssrc : {kSmall, kLarge}) send(ssrc, are_keyframes);
    now += 33 * kMillisecond;
    run();
  }
  void send_both_for(int frames_each) {
    for (int i = 0; i < frames_each; ++i) send_both();
  }
  // Which encodings the peer got: the last bytes.
  std::vector<int> take_encodings(TestPeer& peer) {
    std::vector<int> encodings;
    for (const auto& rtp : take_media(peer)) encodings.push_back(rtp.back());
    return encodings;
  }
  static PayloadInfo info_of(const std::vector<std::uint8_t>& rtp) {
    const std::size_t words = (rtp[0] & 0x10) != 0 ? 1U + load_be16(&rtp[14]) : 0U;
    const std::size_t header = 12 + 4 * words;
    return describe_payload(Codec::kVp8, std::span(rtp).subspan(header), false)
        .value_or(PayloadInfo{});
  }
  void on_layer(TransportHandle, SubscriptionHandle subscription, Layer layer) override {
    told.push_back({subscription, layer});
  }

  void on_starved(TransportHandle, SubscriptionHandle subscription, bool is_starved) override {
    starved.emplace_back(subscription, is_starved);
  }

  TestPeer& publisher;
  TestPeer& one;
  TestPeer& other;
  StreamHandle stream;
  SubscriptionHandle one_has;
  SubscriptionHandle other_has;
  std::array<std::uint32_t, 2> frames{};
  std::vector<std::pair<HeaderExtension, std::vector<std::uint8_t>>> elements;  // of the next
  std::vector<std::pair<SubscriptionHandle, Layer>> told;
  std::vector<std::pair<SubscriptionHandle, bool>> starved;
};

TEST_P(LayersTest, EachReceiverHasTheEncodingThatItWants) {
  registry->limit_layers(one_has, {0, 3});
  run();
  send_both(true);
  send_both(true);  // what is ranked first is all that there is
  take_media(one);
  send_both_for(10);
  EXPECT_EQ(take_encodings(one), std::vector<int>(10, 1));
  send_both(true);
  take_media(other);
  send_both_for(10);
  EXPECT_EQ(take_encodings(other), std::vector<int>(10, 2));
}

TEST_P(LayersTest, AChangeIsMadeAtAKeyframeThatThePublisherIsAskedFor) {
  send_both(true);
  send_both(true);
  send_both_for(3);
  take_media(one);
  registry->limit_layers(one_has, {0, 3});
  run();
  const std::uint64_t before = stats[0].keyframes_requested.get();
  send_both_for(8);  // as often as a receiver may ask
  run_for(kSecond);
  EXPECT_EQ(take_encodings(one), std::vector<int>(8, 2)) << "it goes on";
  EXPECT_GT(stats[0].keyframes_requested.get(), before);
  send(kSmall, true);
  send_both_for(2);
  EXPECT_EQ(take_encodings(one), std::vector<int>(3, 1));
}

// Not after a second of silence.
TEST_P(LayersTest, WhatThePublisherSaysItStoppedIsAskedForNoMore) {
  send_both(true);
  send_both(true);
  send_both_for(3);
  take_media(one);
  const auto send_saying = [&](std::uint32_t ssrc, bool is_keyframe,
                               std::vector<std::uint8_t> allocation) {
    elements = {{HeaderExtension::kVideoLayersAllocation, std::move(allocation)}};
    send(ssrc, is_keyframe);
    elements.clear();
  };
  send_saying(kLarge, false, {0x51, 0x00, 100, 100});  // the second of two, which are both active
  take_media(one);
  send_saying(kSmall, true, {0x10, 0x10, 0x00, 100});  // only the first, which it is
  send(kSmall);
  EXPECT_EQ(take_encodings(one), std::vector<int>(2, 1));
}

TEST_P(LayersTest, NumbersAndPictureIdsGoOnAcrossAChange) {
  send_both(true);
  send_both(true);
  send_both_for(3);
  registry->limit_layers(one_has, {0, 3});
  run();
  send_both(true);
  send_both_for(3);
  const auto media = take_media(one);
  ASSERT_GE(media.size(), 8U);
  for (std::size_t i = 1; i < media.size(); ++i) {
    EXPECT_EQ(number_of(media[i]), static_cast<std::uint16_t>(number_of(media[i - 1]) + 1));
    EXPECT_EQ(info_of(media[i]).picture_id, info_of(media[i - 1]).picture_id + 1);
    EXPECT_GT(static_cast<std::int32_t>(load_be32(&media[i][4]) - load_be32(&media[i - 1][4])), 0);
  }
}

TEST_P(LayersTest, WithFewerFramesThereIsNoGap) {
  registry->limit_layers(one_has, {0, 0});
  run();
  send_both(true);
  send_both_for(10);
  const auto media = take_media(one);
  ASSERT_GE(media.size(), 5U);
  EXPECT_LE(media.size(), 7U);
  for (std::size_t i = 1; i < media.size(); ++i) {
    EXPECT_EQ(info_of(media[i]).temporal_layer, 0);
    EXPECT_EQ(number_of(media[i]), static_cast<std::uint16_t>(number_of(media[i - 1]) + 1));
    EXPECT_EQ(info_of(media[i]).picture_id, info_of(media[i - 1]).picture_id + 1);
  }
  EXPECT_GT(drops(DropReason::kLayerNotWanted), 3U);
}

TEST_P(LayersTest, WhatIsSentAgainIsWhatWasSentAlsoAfterAChange) {
  send_both(true);
  send_both(true);
  registry->limit_layers(one_has, {0, 0});
  run();
  send_both(true);
  send_both_for(4);
  const auto media = take_media(one);
  ASSERT_GE(media.size(), 5U);
  std::vector<std::uint8_t> bytes(1'200);
  ByteWriter writer(bytes);
  std::vector<std::uint16_t> lost;
  for (const auto& rtp : media) lost.push_back(number_of(rtp));
  lost.erase(lost.begin(), lost.end() - 5);
  ASSERT_EQ(write_nack(writer, 1, 0x8888, lost), lost.size());
  bytes.resize(writer.size());
  receive(one, srtcp(one, bytes));
  run();
  const auto again = take_media(one);
  ASSERT_EQ(again.size(), lost.size());
  for (std::size_t i = 0; i < again.size(); ++i) {
    const auto& first = media[media.size() - 5 + i];
    EXPECT_EQ(load_be32(&again[i][4]), load_be32(&first[4]));
    EXPECT_TRUE(std::ranges::equal(std::span(again[i]).last(7), std::span(first).last(7)));
  }
}

TEST_P(LayersTest, OfTheLargerPictureAKeyframeIsAskedForHalfAsOften) {
  send_both(true);
  send_both(true);
  static_cast<void>(take_sent());
  std::map<std::uint32_t, int> asked;
  for (const Timestamp end = now + 4 * kSecond; now < end;) {
    registry->request_keyframe(stream);
    send_both();
    const auto compounds = take_rtcp(publisher);
    for (const auto& part : parts_of(compounds)) {
      if (part.is(kRtcpPayloadFeedback, kFmtPli)) ++asked[parse_pli(part)->media_ssrc];
    }
  }
  EXPECT_NEAR(asked[kSmall], 8, 1);
  EXPECT_NEAR(asked[kLarge], 4, 1);
}

TEST_P(LayersTest, TheControlPlaneIsToldWhatAReceiverHas) {
  send_both(true);
  send_both(true);
  registry->limit_layers(one_has, {0, 3});
  run_for(kSecond);
  send_both(true);
  run_for(kSecond);
  const auto last = std::find_if(told.rbegin(), told.rend(),
                                 [&](const auto& entry) { return entry.first == one_has; });
  ASSERT_NE(last, told.rend());
  EXPECT_EQ(last->second.spatial, 0);
}

TEST_P(LayersTest, AndThatItHasNoneOnAWayThatIsTooSlowUntilItIsNot) {
  send_both(true);
  registry->limit_receiver(one.transport, 1);  // these pictures are tiny
  send_both_for(300);
  ASSERT_EQ(starved, (std::vector{std::pair(one_has, true)}));
  static_cast<void>(take_sent());
  send_both(true);
  EXPECT_TRUE(take_encodings(one).empty());
  registry->limit_receiver(one.transport, 100'000'000);
  send_both_for(400);
  ASSERT_EQ(starved.size(), 2U);
  EXPECT_EQ(starved[1], std::pair(one_has, false));
}

TEST_P(LayersTest, UntilWhatFitsBeginsNothingIsToldOfIt) {
  send_both(true);
  send_both(true);
  send_both_for(100);
  ASSERT_FALSE(told.empty());
  const std::size_t before = told.size();
  registry->limit_receiver(one.transport, 1);  // the smaller is kept for a while
  send_both_for(100);
  EXPECT_EQ(told.size(), before);
  send_both(true);
  send_both_for(50);
  ASSERT_EQ(told.size(), before + 1);
  EXPECT_EQ(told.back().second.spatial, 0);
}

INSTANTIATE_TEST_SUITE_P(Workers, LayersTest, testing::Values(WorkerIndex{1}, WorkerIndex{2}));

}  // namespace
}  // namespace penstock
