// RTCP that a worker originates: what stands in it, and that it never exceeds a control datagram.
#include "dataplane/worker/reports.h"

#include "dataplane/rtp/rtcp/bye.h"
#include "dataplane/rtp/rtcp/extended_report.h"
#include "dataplane/rtp/rtcp/pli.h"
#include "dataplane/rtp/rtcp/receiver_report.h"
#include "dataplane/rtp/rtcp/remb.h"
#include "dataplane/rtp/rtcp/sdes.h"
#include "dataplane/rtp/rtcp/sender_report.h"
#include "dataplane/rtp/rtcp/transport_feedback.h"
#include "tests/support/transport_statuses.h"
#include "tests/unit/worker/rtcp_parts.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

TEST_F(WorkerTest, PublishersGetAReceptionReportEverySecond) {
  TestPeer& publisher = add_connected_peer();
  add_stream(publisher, Codec::kVp8, "v", 96);
  const std::uint64_t first = TestRtp{}.sequence;
  // One of ten is lost.
  for (std::uint64_t i = 0; i < 100; ++i) {
    if (i % 10 != 5) receive_rtp(publisher, {.sequence = first + i});
    run_for(10 * kMillisecond);
  }
  static_cast<void>(take_sent());
  run_for(kSecond);
  const auto compounds = take_rtcp(publisher);
  std::size_t reports = 0;
  for (const auto& part : parts_of(compounds)) {
    if (part.type != kRtcpReceiverReport) continue;
    ++reports;
    const auto report = parse_receiver_report(part);
    ASSERT_TRUE(report.has_value());
    ASSERT_EQ(report->blocks.size(), 1U);
    EXPECT_EQ(report->blocks[0].ssrc, TestRtp{}.ssrc);
    EXPECT_EQ(report->blocks[0].cumulative_lost, 10);
    EXPECT_EQ(report->blocks[0].extended_highest_sequence & 0xFFFF, (first + 99) & 0xFFFF);
  }
  EXPECT_EQ(reports, 1U);
}

TEST_F(WorkerTest, ACompoundStartsWithAReportAndHasOurCname) {
  TestPeer& publisher = add_connected_peer();
  add_stream(publisher);
  receive_rtp(publisher, {});
  run_for(1'100 * kMillisecond);
  const auto compounds = take_rtcp(publisher);
  bool has_cname = false;
  for (const auto& part : parts_of(compounds)) has_cname = has_cname || part.type == kRtcpSdes;
  EXPECT_TRUE(has_cname);
}

// What a publisher is sent when a keyframe is wanted, before the first report is due.
class FeedbackTest : public WorkerTest {
 protected:
  FeedbackTest() : publisher(add_connected_peer()), source(add_stream(publisher)) {
    receive_rtp(publisher, {});
    run();
    static_cast<void>(take_sent());
  }
  std::vector<std::vector<std::uint8_t>> ask_for_keyframe() {
    registry->request_keyframe(source);
    run();
    return take_rtcp(publisher);
  }

  TestPeer& publisher;
  StreamHandle source;
};

TEST_F(FeedbackTest, IsCompoundUnlessSomethingElseIsNegotiated) {
  const auto compounds = ask_for_keyframe();
  ASSERT_EQ(compounds.size(), 1U);
  const auto parts = parts_of(compounds);
  ASSERT_EQ(parts.size(), 3U);
  const auto report = parse_receiver_report(parts[0]);
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->blocks.empty());
  const auto chunks = parse_sdes(parts[1]);
  ASSERT_TRUE(chunks && chunks->size() == 1);
  EXPECT_EQ((*chunks)[0].ssrc, report->sender_ssrc);
  EXPECT_EQ((*chunks)[0].cname.size(), 16U);
  const auto pli = parse_pli(parts[2]);
  ASSERT_TRUE(pli.has_value());
  EXPECT_EQ(pli->sender_ssrc, report->sender_ssrc);
}

TEST_F(FeedbackTest, StandsAloneWhereThatIsNegotiated) {
  registry->set_transport_options(publisher.transport, {.is_reduced_size = true});
  const auto alone = ask_for_keyframe();
  const auto parts = parts_of(alone);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_TRUE(parts[0].is(kRtcpPayloadFeedback, kFmtPli));
}

TEST_F(WorkerTest, TransportFeedbackNamesWhatArrived) {
  TestPeer& publisher = add_connected_peer();
  add_stream(publisher);
  for (std::uint16_t i = 1; i <= 20; ++i) {
    if (i == 7) continue;
    receive_rtp(publisher,
                {.sequence = TestRtp{}.sequence + i, .mid = "v", .transport_sequence = i});
    run_for(5 * kMillisecond);
  }
  run_for(100 * kMillisecond);
  const auto compounds = take_rtcp(publisher);
  std::size_t received = 0;
  std::size_t lost = 0;
  for (const auto& part : parts_of(compounds)) {
    if (!part.is(kRtcpTransportFeedback, kFmtTransportCc)) continue;
    const auto feedback = parse_transport_feedback(part);
    ASSERT_TRUE(feedback.has_value());
    test::for_each_status(*feedback, [&](const test::TransportStatus& status) {
      ++(status.received ? received : lost);
    });
  }
  EXPECT_EQ(received, 19U);
  EXPECT_EQ(lost, 1U);
}

// How often feedback goes in a second, and its share of what comes, both with headers.
class FeedbackShareTest : public WorkerTest {
 protected:
  struct Share {
    std::size_t count = 0;
    double percent = 0;
  };
  Share share_of(Duration interval, std::size_t payload_bytes) {
    TestPeer& publisher = add_connected_peer();
    add_stream(publisher);
    registry->set_transport_options(publisher.transport, {.is_reduced_size = true});
    std::size_t media_bytes = 0;
    const auto send_for = [&](Duration duration) {
      for (const Timestamp end = now + duration; now < end; run_for(interval)) {
        ++number;
        receive_rtp(publisher, {.sequence = 65'536U + number,
                                .mid = "v",
                                .transport_sequence = number,
                                .payload = std::vector<std::uint8_t>(payload_bytes)});
        media_bytes += payload_bytes + 28 + 28;
      }
    };
    send_for(kSecond);
    static_cast<void>(take_sent());
    media_bytes = 0;
    send_for(kSecond);
    Share share;
    std::size_t bytes = 0;
    const auto compounds = take_rtcp(publisher);
    for (const auto& part : parts_of(compounds)) {
      if (!part.is(kRtcpTransportFeedback, kFmtTransportCc)) continue;
      ++share.count;
      bytes += 4 + part.body.size() + 14 + 28;  // SRTCP has 14 more, UDP and IPv4 28
    }
    share.percent = 100.0 * static_cast<double>(bytes) / static_cast<double>(media_bytes);
    return share;
  }
  std::uint16_t number = 0;
};

TEST_F(FeedbackShareTest, OfVideoItGoesEvery50MsAndTakesLittle) {
  const Share share = share_of(5 * kMillisecond, 1'100);  // 1.8 Mb/s
  EXPECT_GE(share.count, 18U);
  EXPECT_LE(share.percent, 5);
}

TEST_F(FeedbackShareTest, WhereItWouldTakeMoreItGoesEvery100Ms) {
  const Share share = share_of(20 * kMillisecond, 80);  // audio
  EXPECT_LE(share.count, 11U);
  EXPECT_GE(share.count, 9U) << "not less often, whatever it takes";
  RecordProperty("percent", std::to_string(share.percent));
}

TEST_F(WorkerTest, TheFirstFeedbackComesSoonAfterTheFirstPacketOfAPublisherThatWasSilent) {
  TestPeer& publisher = add_connected_peer();
  add_stream(publisher);
  run_for(10 * kSecond);
  static_cast<void>(take_sent());
  receive_rtp(publisher, {.transport_sequence = 500});
  run_for(20 * kMillisecond);
  EXPECT_FALSE(take_rtcp(publisher).empty());
}

TEST_F(WorkerTest, ManyStreamsAndMuchToReportNeverExceedAControlDatagram) {
  TestPeer& publisher = add_connected_peer();
  for (std::uint32_t i = 0; i < kStreamsPerTransport; ++i)
    add_stream(publisher, Codec::kOpus, "m" + std::to_string(i), 111);
  std::uint16_t transport_sequence = 1;
  for (int round = 0; round < 60; ++round) {
    for (std::uint32_t i = 0; i < kStreamsPerTransport; ++i) {
      // With holes and uneven arrivals, so that nothing can be written as one run.
      transport_sequence = static_cast<std::uint16_t>(transport_sequence + 1 + i % 3);
      receive_rtp(publisher, {.ssrc = 0x100 + i,
                              .payload_type = 111,
                              .sequence = 65'536 + static_cast<std::uint64_t>(round),
                              .mid = "m" + std::to_string(i),
                              .transport_sequence = transport_sequence});
      if (i % 5 == 0) now += kMillisecond;
    }
    run_for(20 * kMillisecond);
  }
  const auto compounds = take_rtcp(publisher);  // checks each size
  // One report more than a packet has room for: every stream is reported, in two.
  std::set<std::uint32_t> reported;
  for (const auto& part : parts_of(compounds)) {
    if (part.type != kRtcpReceiverReport) continue;
    const auto report = parse_receiver_report(part);
    for (const ReportBlock& block : report->blocks) reported.insert(block.ssrc);
  }
  static_assert(kStreamsPerTransport > kRtcpItemsMax);
  EXPECT_EQ(reported.size(), kStreamsPerTransport);
  EXPECT_GT(compounds.size(), 10U);
}

// As RFC 3550 section 6.1 has it: a report with all blocks that it has room for, here of a receiver
// that sends, and others for the rest.
TEST_F(WorkerTest, AllBlocksOfAllReportsInACompoundCount) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  const StreamHandle source = add_stream(publisher);
  std::vector<SubscriptionHandle> subscriptions;
  std::vector<ReportBlock> blocks;
  for (std::uint32_t i = 0; i < kSubscriptionsPerTransport; ++i) {
    subscriptions.push_back(subscribe(receiver, source, 1'000 + i));
    blocks.push_back({.ssrc = 1'000 + i, .jitter = 1 + i});
  }
  std::vector<std::uint8_t> compound(2'000);
  ByteWriter writer(compound);
  SenderReport first;
  first.sender_ssrc = 0x77;
  std::span<const ReportBlock> rest(blocks);
  for (const ReportBlock& block : rest.first(kRtcpItemsMax))
    ASSERT_TRUE(first.blocks.push_back(block));
  ASSERT_TRUE(write_sender_report(writer, first));
  while (!(rest = rest.subspan(std::min(rest.size(), kRtcpItemsMax))).empty())
    ASSERT_TRUE(
        write_receiver_report(writer, 0x77, rest.first(std::min(rest.size(), kRtcpItemsMax))));
  ASSERT_TRUE(write_sdes_cname(writer, 0x77, "receiver"));
  Transport& transport = *registry->pools().transports.resolve(receiver.transport);
  RtcpRequests requests;
  EXPECT_TRUE(receive_rtcp(writer.written(), transport, registry->pools(), {now, 0}, requests));
  for (std::size_t i = 0; i < subscriptions.size(); ++i)
    EXPECT_EQ(registry->pools().subscriptions.resolve(subscriptions[i])->jitter, 1 + i);
}

TEST_F(WorkerTest, APublishersByeEndsItsMediaAtOnce) {
  TestPeer& publisher = add_connected_peer();
  const StreamHandle stream = add_stream(publisher);
  receive_rtp(publisher, {});
  run_for(100 * kMillisecond);
  ASSERT_EQ(media_changes.size(), 1U);
  std::vector<std::uint8_t> bytes(64);
  ByteWriter writer(bytes);
  const std::uint32_t ssrcs[] = {TestRtp{}.ssrc, 0x4711};
  ASSERT_TRUE(write_bye(writer, ssrcs));
  receive(publisher, srtcp(publisher, std::span(bytes).first(writer.size())));
  run_for(300 * kMillisecond);
  ASSERT_EQ(media_changes.size(), 2U);
  EXPECT_EQ(media_changes[1], std::pair(stream, false));
}

TEST_F(WorkerTest, ReceptionReportsAreAboutRtxToo) {
  TestPeer& publisher = add_connected_peer();
  add_repaired_stream(publisher);
  const std::uint64_t first = TestRtp{}.sequence;
  receive_rtp(publisher, {.sequence = first, .mid = "v"});
  run();
  receive_rtp(publisher, {.sequence = first + 2, .mid = "v"});
  run();
  // Of RTX two packets come, and one between them does not.
  for (const std::uint64_t sequence : {65'536U + 500, 65'536U + 502}) {
    receive_rtp(publisher, {.ssrc = 0x5555,
                            .payload_type = kPublishersRtxPayloadType,
                            .sequence = sequence,
                            .mid = "v",
                            .payload = {0, 101, 0x10, 0x00}});
    run();
  }
  static_cast<void>(take_sent());
  run_for(1'100 * kMillisecond);
  const auto compounds = take_rtcp(publisher);
  std::vector<ReportBlock> blocks;
  for (const auto& part : parts_of(compounds)) {
    if (part.type != kRtcpReceiverReport) continue;
    for (const ReportBlock& block : parse_receiver_report(part)->blocks) blocks.push_back(block);
  }
  ASSERT_GE(blocks.size(), 2U);
  EXPECT_EQ(blocks[0].ssrc, TestRtp{}.ssrc);
  EXPECT_EQ(blocks[1].ssrc, 0x5555U);
  EXPECT_EQ(blocks[1].cumulative_lost, 1);
}

TEST_F(WorkerTest, TheRoundTripToAPublisherComesFromItsAnswersToOurTime) {
  TestPeer& publisher = add_connected_peer();
  add_stream(publisher);
  registry->set_transport_options(publisher.transport, {.has_reference_times = true});
  receive_rtp(publisher, {});
  run_for(1'100 * kMillisecond);
  const auto compounds = take_rtcp(publisher);
  std::optional<ExtendedReport> said;
  for (const auto& part : parts_of(compounds)) {
    if (part.type == kRtcpExtendedReport) said = parse_extended_report(part);
  }
  ASSERT_TRUE(said && said->receiver_reference_time);
  const NtpTime reported = *said->receiver_reference_time;
  const NtpTime ntp = WallClock{}.ntp_at(now);  // what workers here take the time to be
  const DlrrItem item{.ssrc = said->sender_ssrc,
                      .last_rr = compact_ntp(reported),
                      .delay = compact_ntp(ntp - reported) - 65'536 * 30 / 1'000};
  std::vector<std::uint8_t> bytes(64);
  ByteWriter writer(bytes);
  ASSERT_TRUE(write_dlrr(writer, TestRtp{}.ssrc, {&item, 1}));
  receive(publisher, srtcp(publisher, std::span(bytes).first(writer.size())));
  run();
  EXPECT_NEAR(
      static_cast<double>(registry->pools().transports.resolve(publisher.transport)->rtt_ns), 30e6,
      1e6);
}

// The bitrates that a peer is told in what was sent to it.
std::vector<std::uint64_t> bitrates_in(const std::vector<std::vector<std::uint8_t>>& compounds,
                                       std::vector<std::uint32_t> ssrcs) {
  std::vector<std::uint64_t> bitrates;
  for (const auto& part : parts_of(compounds)) {
    if (!part.is(kRtcpPayloadFeedback, kFmtApplication)) continue;
    const auto remb = parse_remb(part);
    EXPECT_TRUE(remb.has_value());
    if (!remb) continue;
    EXPECT_TRUE(std::ranges::equal(remb->ssrcs, ssrcs));
    bitrates.push_back(remb->bitrate_bps);
  }
  return bitrates;
}

class RembTest : public WorkerTest {
 protected:
  StreamHandle add_limited_stream(const TestPeer& publisher, std::string_view mid) {
    StreamConfig config;
    config.transport = publisher.transport;
    config.mid = Mid::from(mid);
    config.codec = Codec::kVp8;
    config.payload_type = 96;
    config.has_remb = true;
    return add_stream(config);
  }
};

TEST_F(RembTest, ALimitIsToldWithAllThatTakesNoticeOfItAgainAndAgain) {
  TestPeer& publisher = add_connected_peer();
  add_limited_stream(publisher, "a");
  add_limited_stream(publisher, "b");
  add_stream(publisher, Codec::kVp8, "c");  // without goog-remb
  registry->limit_bitrate(publisher.transport, 300'000);
  run_for(2 * kSecond);
  EXPECT_TRUE(bitrates_in(take_rtcp(publisher), {}).empty()) << "there is no SSRC to name yet";
  receive_rtp(publisher, {.ssrc = 1, .mid = "a"});
  receive_rtp(publisher, {.ssrc = 2, .mid = "b"});
  receive_rtp(publisher, {.ssrc = 3, .mid = "c"});
  run_for(200 * kMillisecond);
  EXPECT_EQ(bitrates_in(take_rtcp(publisher), {1, 2}), std::vector<std::uint64_t>{300'000});
  run_for(3 * kSecond);
  EXPECT_EQ(bitrates_in(take_rtcp(publisher), {1, 2}), std::vector<std::uint64_t>(3, 300'000));
}

TEST_F(RembTest, AnotherLimitIsToldAtOnceAndThatThereIsNoneLikewise) {
  TestPeer& publisher = add_connected_peer();
  add_limited_stream(publisher, "a");
  receive_rtp(publisher, {.ssrc = 1, .mid = "a"});
  run_for(2 * kSecond);
  EXPECT_TRUE(bitrates_in(take_rtcp(publisher), {}).empty()) << "it never was limited";
  for (const std::uint64_t bps : {128'000UL, 64'000UL}) {
    registry->limit_bitrate(publisher.transport, bps);
    run_for(50 * kMillisecond);
    EXPECT_EQ(bitrates_in(take_rtcp(publisher), {1}), std::vector<std::uint64_t>{bps});
  }
  registry->limit_bitrate(publisher.transport, 0);
  run_for(1'050 * kMillisecond);
  const auto lifted = bitrates_in(take_rtcp(publisher), {1});
  ASSERT_EQ(lifted.size(), 2U) << "one of them may be lost";
  EXPECT_GE(lifted[0], 999'000'000U);
}

TEST_F(WorkerTest, WhatAReceiverReportsOfUsIsRemembered) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  const auto subscription = subscribe(receiver, add_stream(publisher), 0x9999);
  std::vector<std::uint8_t> bytes(64);
  ByteWriter writer(bytes);
  ReportBlock block;
  block.ssrc = 0x9999;
  block.fraction_lost = 51;
  write_receiver_report(writer, 7, {&block, 1});
  receive(receiver, srtcp(receiver, std::span(bytes).first(writer.size())));
  run();
  EXPECT_EQ(registry->pools().subscriptions.resolve(subscription)->fraction_lost, 51);
}

}  // namespace
}  // namespace penstock
