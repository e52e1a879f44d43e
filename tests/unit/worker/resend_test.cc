// What a receiver reports missing is sent again as RTX, from the history.
#include "dataplane/base/byte_writer.h"
#include "dataplane/rtp/header_extension.h"
#include "dataplane/rtp/rtcp/nack.h"
#include "dataplane/rtp/rtcp/pli.h"
#include "dataplane/rtp/rtcp/receiver_report.h"
#include "dataplane/rtp/rtx.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

constexpr std::uint32_t kReceiverSsrc = 0x9999;
constexpr std::uint32_t kReceiverRtxSsrc = 0x9998;
constexpr std::uint64_t kFirstSent = 65'536 + 100;

std::uint32_t ssrc_of(const std::vector<std::uint8_t>& rtp) { return load_be32(&rtp[8]); }

class ResendTest : public WorkerTest {
 protected:
  explicit ResendTest(const WorkerTestConfig& config = {}, WorkerIndex receivers_worker = 0)
      : WorkerTest(config),
        publisher(add_connected_peer()),
        receiver(add_connected_peer(receivers_worker)),
        stream(add_stream(publisher)),
        subscription(subscribe(receiver, stream, kReceiverSsrc, false, kReceiverRtxSsrc)) {}

  enum class Frame : std::uint8_t { kKey, kDelta };  // VP8 says so in one bit

  static std::vector<std::uint8_t> payload(std::uint64_t sequence, Frame frame = Frame::kKey) {
    return {0x10, static_cast<std::uint8_t>(frame), static_cast<std::uint8_t>(sequence >> 8),
            static_cast<std::uint8_t>(sequence)};
  }
  void publish(std::uint64_t sequence, std::size_t more_bytes = 0, Frame frame = Frame::kKey) {
    std::vector<std::uint8_t> bytes = payload(sequence, frame);
    bytes.resize(bytes.size() + more_bytes);
    receive_rtp(publisher, {.sequence = sequence,
                            .timestamp = static_cast<std::uint32_t>(sequence) * 3'000,
                            .marker = sequence % 2 == 0,
                            .mid = "v",
                            .payload = std::move(bytes)});
    run();
  }
  // So many packets; what the receiver gets of them.
  std::vector<std::vector<std::uint8_t>> publish_some(std::size_t count,
                                                      std::uint64_t first = kFirstSent,
                                                      Frame frame = Frame::kKey) {
    for (std::uint64_t i = 0; i < count; ++i) {
      publish(first + i, 0, frame);
      now += kMillisecond;
    }
    auto media = take_media(receiver);
    EXPECT_EQ(media.size(), count);
    return media;
  }
  void nack(TestPeer& peer, std::uint32_t ssrc, const std::vector<std::uint16_t>& lost) {
    std::vector<std::uint8_t> bytes(1'200);
    ByteWriter writer(bytes);
    ASSERT_EQ(write_nack(writer, 1, ssrc, lost), lost.size());
    bytes.resize(writer.size());
    receive(peer, srtcp(peer, bytes));
    run();
  }
  void ask_for_keyframe() {
    std::vector<std::uint8_t> bytes(64);
    ByteWriter writer(bytes);
    ASSERT_TRUE(write_pli(writer, {.sender_ssrc = 1, .media_ssrc = kReceiverSsrc}));
    bytes.resize(writer.size());
    receive(receiver, srtcp(receiver, bytes));
    run();
    static_cast<void>(take_sent());
  }
  std::vector<std::vector<std::uint8_t>> ask_again(const std::vector<std::uint16_t>& lost) {
    nack(receiver, kReceiverSsrc, lost);
    return take_media(receiver);
  }

  TestPeer& publisher;
  TestPeer& receiver;
  StreamHandle stream;
  SubscriptionHandle subscription;
};

// 106 kB/s, so that 26 kB are what may go ahead of its time.
TEST_F(ResendTest, WhatIsSentAgainAtATimeIsBoundedByTheReceiversPace) {
  std::vector<std::uint16_t> numbers;
  for (std::uint64_t i = 0; i < 100; ++i) {
    publish(kFirstSent + i, 1'000, i == 0 ? Frame::kKey : Frame::kDelta);
    run_for(10 * kMillisecond);
    for (const auto& rtp : take_media(receiver)) numbers.push_back(number_of(rtp));
  }
  ASSERT_EQ(numbers.size(), 100U);
  const std::vector lost(numbers.end() - 50, numbers.end());
  const std::size_t first = ask_again(lost).size();
  EXPECT_GT(first, 10U);
  EXPECT_LT(first, 40U);
  EXPECT_EQ(drops(DropReason::kResendTooMany), 50 - first);
  run_for(150 * kMillisecond);
  EXPECT_EQ(ask_again({lost.begin() + static_cast<std::ptrdiff_t>(first), lost.end()}).size(),
            50 - first);
}

TEST_F(ResendTest, AnRtxPacketIsTheOriginalBehindItsNumber) {
  const auto media = publish_some(10);
  const auto& original = media[4];
  const auto resent = ask_again({number_of(original)});
  ASSERT_EQ(resent.size(), 1U);
  const auto& rtx = resent[0];
  const auto header = parse_rtp_header(rtx);
  const auto wanted = parse_rtp_header(original);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->ssrc, kReceiverRtxSsrc);
  EXPECT_EQ(header->payload_type, kRtxPayloadType);
  EXPECT_EQ(header->timestamp, wanted->timestamp);
  EXPECT_EQ(header->marker, wanted->marker);
  EXPECT_EQ(header->header_bytes, wanted->header_bytes);
  const std::span extension = std::span(rtx).first(header->header_bytes).subspan(12);
  EXPECT_TRUE(
      std::ranges::equal(extension, std::span(original).first(wanted->header_bytes).subspan(12)));
  const auto parsed = parse_extensions(rtx, *header, test_extensions());
  EXPECT_EQ(parsed.text(rtx, HeaderExtension::kMid), "0");
  const auto rtx_payload = std::span(rtx).subspan(header->header_bytes);
  EXPECT_EQ(original_sequence_number(rtx_payload), number_of(original));
  EXPECT_TRUE(std::ranges::equal(rtx_payload.subspan(kRtxHeaderBytes),
                                 std::span(original).subspan(wanted->header_bytes)));
  EXPECT_EQ(stats[0].media_resent.get(), 1U);
}

TEST_F(ResendTest, NothingIsSentAgainWhileThePortHasNoRoomForWhatIsNew) {
  const std::uint16_t lost = number_of(publish_some(10)[4]);
  host.set_limits({.transmit_queue = 0});
  publish(kFirstSent + 10);
  EXPECT_TRUE(ask_again({lost}).empty());
  EXPECT_EQ(drops(DropReason::kResendTooMany), 1U);
  host.set_limits({});
  run();
  EXPECT_EQ(take_media(receiver).size(), 1U) << "the new one";
  EXPECT_EQ(ask_again({lost}).size(), 1U);
}

TEST_F(ResendTest, RtxPacketsHaveSequenceNumbersOfTheirOwn) {
  const auto media = publish_some(40);
  std::vector<std::uint16_t> lost;
  for (std::size_t i = 0; i < 40; i += 2) lost.push_back(number_of(media[i]));
  const auto resent = ask_again(lost);
  ASSERT_EQ(resent.size(), lost.size());
  for (std::size_t i = 0; i < resent.size(); ++i) {
    EXPECT_EQ(static_cast<std::uint16_t>(number_of(resent[i]) - number_of(resent[0])), i);
    const auto header = parse_rtp_header(resent[i]);
    EXPECT_EQ(load_be16(&resent[i][header->header_bytes]), lost[i]);
  }
}

TEST_F(ResendTest, SequenceNumbersThatWrapAreFound) {
  const auto media = publish_some(200, 2 * 65'536 - 100);
  const auto resent = ask_again({number_of(media[0]), number_of(media[99]), number_of(media[100])});
  ASSERT_EQ(resent.size(), 3U);
  for (const auto& rtx : resent) EXPECT_EQ(ssrc_of(rtx), kReceiverRtxSsrc);
}

TEST_F(ResendTest, APacketIsNotSentAgainWithinARoundTrip) {
  const auto media = publish_some(10);
  const std::uint16_t lost = number_of(media[4]);
  std::size_t count = 0;
  constexpr Duration kAsksFor = 900 * kMillisecond;
  for (Duration asked = 0; asked < kAsksFor; asked += kMillisecond) {
    count += ask_again({lost, lost}).size();
    now += kMillisecond;
  }
  EXPECT_EQ(count, kAsksFor / kResendIntervalUnknown);
  EXPECT_GT(drops(DropReason::kResendTooSoon), 0U);
}

TEST_F(ResendTest, TheRoundTripComesFromTheReceiversReports) {
  const auto rtt = [&] { return registry->pools().transports.resolve(receiver.transport)->rtt_ns; };
  const auto report = [&](std::uint32_t last_sr) {
    const ReportBlock block{
        .ssrc = kReceiverSsrc, .last_sr = last_sr, .delay_since_last_sr = 65'536 / 10};
    std::vector<std::uint8_t> bytes(64);
    ByteWriter writer(bytes);
    write_receiver_report(writer, 1, {&block, 1});
    bytes.resize(writer.size());
    receive(receiver, srtcp(receiver, bytes));
    run();
  };
  report(0);
  EXPECT_EQ(rtt(), 0) << "it has had no report of ours yet";
  const NtpTime ntp = WallClock{}.ntp_at(now);  // what workers here take the time to be
  report(compact_ntp(ntp - ntp_difference_from_ns(140 * kMillisecond)));
  EXPECT_NEAR(static_cast<double>(rtt()), 40e6, 1e6);
  report(compact_ntp(ntp - ntp_difference_from_ns(50 * kMillisecond)));
  EXPECT_NEAR(static_cast<double>(rtt()), 40e6, 1e6) << "kept longer than it was under way";
  const std::uint16_t lost = number_of(publish_some(10)[4]);
  EXPECT_EQ(ask_again({lost}).size(), 1U);
  now += 35 * kMillisecond;
  EXPECT_EQ(ask_again({lost}).size(), 0U);
  now += 2 * kMillisecond;
  EXPECT_EQ(ask_again({lost}).size(), 1U);
}

TEST_F(ResendTest, NothingIsSentAgainThatWasNeverSentOrIsForgotten) {
  const auto media = publish_some(10);
  EXPECT_EQ(ask_again({static_cast<std::uint16_t>(number_of(media[9]) + 1)}).size(), 0U);
  EXPECT_EQ(ask_again({static_cast<std::uint16_t>(number_of(media[0]) - 1)}).size(), 0U);
  EXPECT_EQ(drops(DropReason::kResendNeverSent), 2U);
  run_for(kHistoryAge + 100 * kMillisecond);
  static_cast<void>(take_sent());
  EXPECT_EQ(ask_again({number_of(media[4])}).size(), 0U);
  EXPECT_EQ(drops(DropReason::kResendNotKept), 1U);
}

TEST_F(ResendTest, WhatThePublisherLostIsNotThere) {
  publish(kFirstSent);
  publish(kFirstSent + 2);
  const auto media = take_media(receiver);
  ASSERT_EQ(media.size(), 2U);
  EXPECT_EQ(ask_again({static_cast<std::uint16_t>(number_of(media[0]) + 1)}).size(), 0U);
  EXPECT_EQ(drops(DropReason::kResendNotKept), 1U);
}

TEST_F(ResendTest, WhatComesLateOfThePublisherIsSentOnToWhoAskedForIt) {
  publish(kFirstSent);
  publish(kFirstSent + 2);
  const auto media = take_media(receiver);
  ASSERT_EQ(media.size(), 2U);
  const auto missing = static_cast<std::uint16_t>(number_of(media[0]) + 1);
  EXPECT_EQ(ask_again({missing}).size(), 0U);
  publish(kFirstSent + 1);
  const auto late = take_media(receiver);
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(number_of(late[0]), missing);
  EXPECT_EQ(ask_again({missing}).size(), 1U) << "and again, if that is lost";
}

TEST_F(ResendTest, AfterAReceiversPliWhatIsOlderIsNotSentAgain) {
  publish_some(1);
  now += kSecond;
  const auto media = publish_some(10, kFirstSent + 1, Frame::kDelta);
  ask_for_keyframe();
  EXPECT_EQ(ask_again({number_of(media[4])}).size(), 0U);
  EXPECT_EQ(drops(DropReason::kResendGivenUp), 1U);
  const auto after = publish_some(5, kFirstSent + 11, Frame::kDelta);
  EXPECT_EQ(ask_again({number_of(after[0])}).size(), 1U);
}

TEST_F(ResendTest, AKeyframeThatIsOnItsWayWhenItIsAskedForIsSentAgain) {
  publish_some(1, kFirstSent - 1);
  const auto before = publish_some(5, kFirstSent, Frame::kDelta);
  const auto media = publish_some(1, kFirstSent + 5, Frame::kKey);
  const auto after = publish_some(4, kFirstSent + 6, Frame::kDelta);
  ask_for_keyframe();
  EXPECT_EQ(ask_again({number_of(media[0]), number_of(after[0])}).size(), 2U);
  EXPECT_EQ(ask_again({number_of(before[4])}).size(), 0U);
}

TEST_F(ResendTest, ANumberThatStaysUnusedIsAnsweredWithNothing) {
  publish(kFirstSent);
  publish(kFirstSent + 2);
  const auto media = take_media(receiver);
  ASSERT_EQ(media.size(), 2U);
  const auto unused = static_cast<std::uint16_t>(number_of(media[0]) + 1);
  Projection& projection = registry->pools().subscriptions.resolve(subscription)->projection;
  const auto position = projection.source_of(unused);
  ASSERT_TRUE(position.has_value());
  projection.leave_out({.sequence = position->sequence, .source = position->source});
  const auto resent = ask_again({unused});
  ASSERT_EQ(resent.size(), 1U);
  const auto header = parse_rtp_header(resent[0]);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->ssrc, kReceiverRtxSsrc);
  EXPECT_EQ(resent[0].size(), header->header_bytes + kRtxHeaderBytes);
  EXPECT_EQ(load_be16(&resent[0][header->header_bytes]), unused);
  EXPECT_EQ(ask_again({unused}).size(), 0U) << "not within a round trip";
}

TEST_F(ResendTest, WhatWasSentBeforeAPauseIsNotSentAfterIt) {
  const auto before = publish_some(10);
  registry->set_paused(subscription, true);
  run();
  EXPECT_EQ(ask_again({number_of(before[4])}).size(), 0U);
  registry->set_paused(subscription, false);
  run();
  const auto after = publish_some(10, kFirstSent + 10);
  EXPECT_EQ(ask_again({number_of(before[4])}).size(), 0U);
  EXPECT_EQ(ask_again({number_of(after[4])}).size(), 1U);
}

TEST_F(ResendTest, ASubscriptionWithoutRtxGetsNothing) {
  TestPeer& plain = add_connected_peer();
  subscribe(plain, stream, kReceiverSsrc);
  publish(kFirstSent);
  const auto media = take_media(plain);
  ASSERT_EQ(media.size(), 1U);
  nack(plain, kReceiverSsrc, {number_of(media[0])});
  EXPECT_EQ(take_media(plain).size(), 0U);
}

TEST_F(ResendTest, NobodyGetsWhatIsAnotherReceivers) {
  TestPeer& stranger = add_connected_peer();
  const auto media = publish_some(3);
  nack(stranger, kReceiverSsrc, {number_of(media[0])});
  EXPECT_EQ(take_sent().size(), 0U);
}

TEST_F(ResendTest, AReceiverThatAsksForEverythingGetsItsShareAtMost) {
  std::size_t sent_bytes = 0;
  std::size_t resent_bytes = 0;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    publish(kFirstSent + i, 1'000);
    now += 4 * kMillisecond;
    std::vector<std::uint16_t> lost;
    for (const auto& rtp : take_media(receiver)) {
      sent_bytes += rtp.size();
      for (std::uint16_t back = 0; back < 200; ++back) {
        lost.push_back(static_cast<std::uint16_t>(number_of(rtp) - 199 + back));
      }
    }
    for (const auto& rtx : ask_again(lost)) resent_bytes += rtx.size();
  }
  EXPECT_GT(resent_bytes, sent_bytes / 10);
  EXPECT_LT(resent_bytes, sent_bytes * 22 / 100 + kResendBurstBytes);
  EXPECT_GT(drops(DropReason::kResendOverBudget), 0U);
}

TEST_F(ResendTest, AnIterationLooksAtABoundedNumberOfRequests) {
  publish_some(500);
  for (int i = 0; i < 8; ++i) {
    std::vector<std::uint8_t> bytes(1'200);
    ByteWriter writer(bytes);
    std::vector<std::uint16_t> all(1'000);
    for (std::size_t n = 0; n < all.size(); ++n) all[n] = static_cast<std::uint16_t>(n);
    write_nack(writer, 1, kReceiverSsrc, all);
    bytes.resize(writer.size());
    receive(receiver, srtcp(receiver, bytes));
  }
  run();
  EXPECT_GE(drops(DropReason::kResendTooMany), 8'000 - 2 * kResendsPerIteration);
}

TEST_F(ResendTest, HoldsNoPacketsAndNothingOfAStreamThatEnded) {
  const auto media = publish_some(100);
  EXPECT_EQ(host.packets().live(), 0U);
  registry->destroy_stream(stream, now);
  run();
  EXPECT_EQ(ask_again({number_of(media[50])}).size(), 1U) << "the subscription is still there";
  const StreamHandle next = add_stream(publisher);
  ASSERT_EQ(next.index(), stream.index()) << "where the other one was";
  subscribe(receiver, next, kReceiverSsrc + 1, false, kReceiverRtxSsrc + 1'000);
  receive_rtp(publisher, {.ssrc = 0x7777, .mid = "v"});
  run();
  take_media(receiver);
  EXPECT_EQ(ask_again({number_of(media[60])}).size(), 0U);
}

class ResendOnTwoWorkersTest : public ResendTest {
 protected:
  ResendOnTwoWorkersTest() : ResendTest({.workers = 2}, 1) {}
};

TEST_F(ResendOnTwoWorkersTest, TheReceiversWorkerKeepsAndSends) {
  TestPeer& local = add_connected_peer(0);
  subscribe(local, stream, kReceiverSsrc, false, kReceiverRtxSsrc);
  for (std::uint64_t i = 0; i < 20; ++i) publish(kFirstSent + i);
  const auto media = take_media(receiver);
  ASSERT_EQ(media.size(), 20U);
  EXPECT_EQ(host.packets().live(), 0U);
  ASSERT_EQ(ask_again({number_of(media[7])}).size(), 1U);
  EXPECT_EQ(stats[1].media_resent.get(), 1U);
  EXPECT_EQ(stats[0].media_resent.get(), 0U);
}

}  // namespace
}  // namespace penstock
