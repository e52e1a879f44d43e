// What is lost on the way from a publisher: it is asked again, what it sends again takes its place,
// and where that does not help a receiver who misses it, a keyframe is asked for.
#include "dataplane/rtp/rtcp/compound.h"
#include "dataplane/rtp/rtcp/nack.h"
#include "dataplane/rtp/rtcp/pli.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

constexpr std::uint32_t kPublisherSsrc = 0x1111;
constexpr std::uint32_t kPublishersRtxSsrc = 0x2222;
constexpr std::uint32_t kReceiversSsrc = 0x9999;
constexpr std::uint32_t kReceiversRtxSsrc = 0x9998;
constexpr std::uint64_t kFirstReceived = 65'536 + 100;

class RepairTest : public WorkerTest {
 protected:
  explicit RepairTest(const WorkerTestConfig& config = {}, WorkerIndex receivers_worker = 0)
      : WorkerTest(config),
        publisher(add_connected_peer()),
        receiver(add_connected_peer(receivers_worker)),
        stream(add_repaired_stream(publisher)) {
    subscribe(receiver, stream, kReceiversSsrc, false, kReceiversRtxSsrc);
  }

  // The payload tells which packet it is. Only the first one begins a keyframe.
  static std::vector<std::uint8_t> payload(std::uint64_t sequence) {
    const auto is_delta = static_cast<std::uint8_t>(sequence == kFirstReceived ? 0x00 : 0x01);
    return {0x10, is_delta, static_cast<std::uint8_t>(sequence >> 8),
            static_cast<std::uint8_t>(sequence)};
  }
  static TestRtp media(std::uint64_t sequence) {
    return {.ssrc = kPublisherSsrc,
            .sequence = sequence,
            .timestamp = static_cast<std::uint32_t>(sequence * 3'000),
            .mid = "v",
            .payload = payload(sequence)};
  }
  void publish(std::uint64_t sequence) {
    receive_rtp(publisher, media(sequence));
    run();
  }
  void publish(const std::vector<std::uint64_t>& sequences) {
    for (const std::uint64_t sequence : sequences) publish(sequence);
  }
  void publish_again(std::uint64_t sequence) {
    TestRtp rtx = media(sequence);
    rtx.ssrc = kPublishersRtxSsrc;
    rtx.payload_type = kPublishersRtxPayloadType;
    rtx.sequence = next_rtx_++;
    const std::array<std::uint8_t, 2> number{static_cast<std::uint8_t>(sequence >> 8),
                                             static_cast<std::uint8_t>(sequence)};
    rtx.payload.insert(rtx.payload.begin(), number.begin(), number.end());
    receive_rtp(publisher, rtx);
    run();
  }

  // What the publisher was asked for since the last time, in NACKs of its SSRC.
  std::vector<std::uint16_t> asked() {
    std::vector<std::uint16_t> numbers;
    pli_count = 0;
    for (const auto& rtcp : take_rtcp(publisher)) {
      CompoundReader reader(rtcp);
      while (const auto packet = reader.next()) {
        if (packet->is(kRtcpPayloadFeedback, kFmtPli)) ++pli_count;
        if (!packet->is(kRtcpTransportFeedback, kFmtNack)) continue;
        const auto nack = parse_nack(*packet);
        EXPECT_EQ(nack->media_ssrc, kPublisherSsrc);
        ++nack_count;
        nack->for_each_lost([&](std::uint16_t number) { numbers.push_back(number); });
      }
    }
    return numbers;
  }
  std::size_t plis() {
    static_cast<void>(asked());
    return pli_count;
  }
  // The last two payload bytes and the number of each packet that the receiver got since.
  std::vector<std::pair<std::uint16_t, std::uint16_t>> received() {
    std::vector<std::pair<std::uint16_t, std::uint16_t>> packets;
    for (const auto& rtp : take_media(receiver)) {
      if (load_be32(&rtp[8]) != kReceiversSsrc) continue;
      packets.emplace_back(number_of(rtp), load_be16(&rtp[rtp.size() - 2]));
    }
    return packets;
  }
  // The receiver misses what would be `ahead` of the first packet it had.
  void receiver_misses(std::uint16_t number) {
    std::vector<std::uint8_t> bytes(64);
    ByteWriter writer(bytes);
    ASSERT_EQ(write_nack(writer, 1, kReceiversSsrc, {&number, 1}), 1U);
    bytes.resize(writer.size());
    receive(receiver, srtcp(receiver, bytes));
    run();
  }

  TestPeer& publisher;
  TestPeer& receiver;
  StreamHandle stream;
  std::uint64_t next_rtx_ = 65'536 + 7;
  std::size_t nack_count = 0;
  std::size_t pli_count = 0;
};

using Numbers = std::vector<std::uint16_t>;

Numbers wire(std::initializer_list<std::uint64_t> sequences) {
  Numbers numbers;
  for (const std::uint64_t sequence : sequences) {
    numbers.push_back(static_cast<std::uint16_t>(sequence));
  }
  return numbers;
}

TEST_F(RepairTest, WhatIsMissingIsAskedForInOneFeedback) {
  publish({kFirstReceived, kFirstReceived + 3});
  EXPECT_EQ(asked(), Numbers{}) << "they may only be late";
  run_for(12 * kMillisecond);
  EXPECT_EQ(asked(), wire({kFirstReceived + 1, kFirstReceived + 2}));
  publish({kFirstReceived + 5, kFirstReceived + 8, kFirstReceived + 9});
  run_for(2 * kMillisecond);
  EXPECT_EQ(asked(), wire({kFirstReceived + 4, kFirstReceived + 6, kFirstReceived + 7}));
  EXPECT_EQ(nack_count, 2U);
  EXPECT_EQ(stats[0].retransmissions_requested.get(), 5U);
}

TEST_F(RepairTest, TwoNewerPacketsAreNotWaitedFor) {
  publish({kFirstReceived, kFirstReceived + 2, kFirstReceived + 3});
  run_for(2 * kMillisecond);
  EXPECT_EQ(asked(), wire({kFirstReceived + 1}));
}

TEST_F(RepairTest, WhatComesAgainTakesItsPlace) {
  publish({kFirstReceived, kFirstReceived + 2});
  const auto before = received();
  ASSERT_EQ(before.size(), 2U);
  publish_again(kFirstReceived + 1);
  const auto repaired = received();
  ASSERT_EQ(repaired.size(), 1U);
  EXPECT_EQ(repaired[0].first, static_cast<std::uint16_t>(before[0].first + 1));
  EXPECT_EQ(repaired[0].second, static_cast<std::uint16_t>(kFirstReceived + 1));
  EXPECT_EQ(stats[0].media_repaired.get(), 1U);
  run_for(kSecond);
  EXPECT_EQ(asked(), Numbers{}) << "it is here";
}

TEST_F(RepairTest, WhatWasRepairedIsKeptForReceiversToo) {
  publish({kFirstReceived, kFirstReceived + 2});
  publish_again(kFirstReceived + 1);
  const auto all = received();
  ASSERT_EQ(all.size(), 3U);
  receiver_misses(all[2].first);
  EXPECT_EQ(stats[0].media_resent.get(), 1U);
}

TEST_F(RepairTest, WhatComesTwiceIsForwardedOnce) {
  publish({kFirstReceived, kFirstReceived + 2});
  publish_again(kFirstReceived + 1);
  publish_again(kFirstReceived + 1);
  publish(kFirstReceived + 1);  // was late, not lost
  publish_again(kFirstReceived + 2);
  EXPECT_EQ(received().size(), 3U);
  EXPECT_EQ(drops(DropReason::kRtpDuplicate), 3U);
}

TEST_F(RepairTest, AudioIsAskedForWhereItsPublisherOffersIt) {
  StreamConfig config;
  config.transport = publisher.transport;
  config.mid = Mid::from("a");
  config.payload_type = 111;
  config.has_nack = true;
  add_stream(config);
  const auto audio = [](std::uint64_t sequence) {
    return TestRtp{.ssrc = kPublisherSsrc, .payload_type = 111, .sequence = sequence, .mid = "a"};
  };
  receive_rtp(publisher, audio(kFirstReceived));
  run();
  receive_rtp(publisher, audio(kFirstReceived + 2));
  run();
  run_for(12 * kMillisecond);
  EXPECT_EQ(asked(), wire({kFirstReceived + 1}));
  receive_rtp(publisher, audio(kFirstReceived + 1));  // as it was: audio has no RTX
  run_for(kSecond);
  EXPECT_EQ(asked(), Numbers{});
}

TEST_F(RepairTest, APublisherWithoutNackIsNotAsked) {
  const StreamHandle plain = add_stream(publisher, Codec::kVp8, "w", 98);
  static_cast<void>(plain);
  receive_rtp(publisher, {.ssrc = 5, .payload_type = 98, .sequence = kFirstReceived, .mid = "w"});
  receive_rtp(publisher,
              {.ssrc = 5, .payload_type = 98, .sequence = kFirstReceived + 9, .mid = "w"});
  run_for(kSecond);
  EXPECT_EQ(asked(), Numbers{});
}

TEST_F(RepairTest, PaddingIsNotForwardedAndLeavesNoGap) {
  publish(kFirstReceived);
  for (std::uint64_t i = 1; i <= 3; ++i) {
    TestRtp padding = media(kFirstReceived + i);
    padding.has_padding = true;
    padding.payload.assign(200, 0);
    padding.payload.back() = 200;
    receive_rtp(publisher, padding);
  }
  publish(kFirstReceived + 4);
  const auto packets = received();
  ASSERT_EQ(packets.size(), 2U);
  EXPECT_EQ(packets[1].first, static_cast<std::uint16_t>(packets[0].first + 1));
  EXPECT_EQ(drops(DropReason::kRtpPadding), 3U);
}

TEST_F(RepairTest, WhatAReceiverMissesAndCannotHaveTakesAKeyframeAtOnce) {
  publish({kFirstReceived, kFirstReceived + 2, kFirstReceived + 3});
  const auto first = received()[0].first;
  run_for(kSecond);
  static_cast<void>(asked());
  receiver_misses(static_cast<std::uint16_t>(first + 1));
  EXPECT_EQ(plis(), 0U) << "it may still come";
  run_for(5 * kSecond);
  static_cast<void>(asked());
  receiver_misses(static_cast<std::uint16_t>(first + 1));
  EXPECT_EQ(plis(), 1U);
  receiver_misses(static_cast<std::uint16_t>(first + 1));
  EXPECT_EQ(plis(), 0U) << "asked already";
}

TEST_F(RepairTest, WhatAKeyframeMadeSuperfluousTakesNoOther) {
  publish({kFirstReceived, kFirstReceived + 2});
  const auto first = received()[0].first;
  TestRtp keyframe = media(kFirstReceived + 3);
  keyframe.payload = payload(kFirstReceived);
  receive_rtp(publisher, keyframe);
  run_for(kSecond);
  EXPECT_EQ(asked(), Numbers{});
  receiver_misses(static_cast<std::uint16_t>(first + 1));
  EXPECT_EQ(plis(), 0U);
}

TEST_F(RepairTest, MoreThanCanBeAskedForTakesAKeyframe) {
  publish(kFirstReceived);
  run_for(kKeyframeRequestInterval);
  static_cast<void>(asked());
  publish(kFirstReceived + 1'500);
  run_for(20 * kMillisecond);
  EXPECT_EQ(asked(), Numbers{});
  EXPECT_EQ(pli_count, 1U);
}

TEST_F(RepairTest, AStreamThatEndsWhilePacketsAreMissingIsForgotten) {
  publish({kFirstReceived, kFirstReceived + 2});
  registry->destroy_stream(stream, now);
  run_for(kSecond);
  EXPECT_EQ(asked(), Numbers{});
  const StreamHandle next = add_repaired_stream(publisher);
  ASSERT_EQ(next.index(), stream.index());
  receive_rtp(publisher, media(kFirstReceived + 3));
  receive_rtp(publisher, media(kFirstReceived + 5));
  run();
  run_for(12 * kMillisecond);
  EXPECT_EQ(asked(), wire({kFirstReceived + 4}));
}

class RepairOnTwoWorkersTest : public RepairTest {
 protected:
  RepairOnTwoWorkersTest() : RepairTest({.workers = 2}, 1) {}
};

TEST_F(RepairOnTwoWorkersTest, WhatComesAgainReachesOtherWorkersInItsPlace) {
  publish({kFirstReceived, kFirstReceived + 2});
  publish_again(kFirstReceived + 1);
  const auto packets = received();
  ASSERT_EQ(packets.size(), 3U);
  EXPECT_EQ(packets[2].first, static_cast<std::uint16_t>(packets[0].first + 1));
  receiver_misses(packets[2].first);
  EXPECT_EQ(stats[1].media_resent.get(), 1U);
}

TEST_F(RepairOnTwoWorkersTest, AReceiverElsewhereHasItsKeyframeToo) {
  publish({kFirstReceived, kFirstReceived + 2, kFirstReceived + 3});
  const auto first = received()[0].first;
  run_for(10 * kSecond);
  static_cast<void>(asked());
  receiver_misses(static_cast<std::uint16_t>(first + 1));
  run_for(kMillisecond);
  EXPECT_EQ(plis(), 1U);
}

}  // namespace
}  // namespace penstock
