// Sender reports to receivers: when they come, and that they are in the receiver's own timeline.
#include "dataplane/rtp/rtcp/bye.h"
#include "dataplane/rtp/rtcp/extended_report.h"
#include "dataplane/rtp/rtcp/sender_report.h"
#include "tests/unit/worker/rtcp_parts.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

TEST_F(WorkerTest, SubscribersGetSenderReportsInTheirOwnTimeline) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  subscribe(receiver, add_stream(publisher), 0x9999);
  const NtpTime start = ntp_from_unix_ns(1'600'000'000'000'000'000ULL);
  receive(publisher, srtcp(publisher, sender_report(TestRtp{}.ssrc, start, 5'000)));
  receive_rtp(publisher, {.timestamp = 5'000});
  run();
  const auto first = take_media(receiver);
  ASSERT_EQ(first.size(), 1U);
  const std::uint32_t sent_timestamp = parse_rtp_header(first[0])->timestamp;
  // The source's clock is known only once a report met a stream that had started.
  receive(publisher, srtcp(publisher, sender_report(TestRtp{}.ssrc, start, 5'000)));
  run();
  const Timestamp known_at = now;
  std::optional<SenderReport> report;
  for (int i = 0; i < 400 && !report; ++i) {
    run_for(5 * kMillisecond);
    const auto compounds = take_rtcp(receiver);
    for (const auto& part : parts_of(compounds)) {
      if (part.type == kRtcpSenderReport) report = parse_sender_report(part);
    }
  }
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->sender_ssrc, 0x9999U);
  EXPECT_EQ(report->packet_count, 1U);
  EXPECT_EQ(report->octet_count, TestRtp{}.payload.size());
  // The report's two clocks name one instant: the time that has passed since the packet, in 90 kHz.
  const auto expected =
      sent_timestamp + static_cast<std::uint32_t>((now - known_at) * 90'000 / kSecond);
  EXPECT_NEAR(static_cast<double>(report->rtp_timestamp), static_cast<double>(expected), 100.0);
}

// A publisher and a receiver; what the receiver's reports say of its own timeline.
class SenderReportTest : public WorkerTest {
 protected:
  void SetUp() override {
    publisher_ = &add_connected_peer();
    receiver_ = &add_connected_peer();
    source_ = add_stream(*publisher_);
    subscribe(*receiver_, source_, 0x9999);
  }

  void send_to_all(TestRtp rtp) {
    rtp.sequence = ++sequence_;
    receive_rtp(*publisher_, rtp);
    run();
    run_for(10 * kMillisecond);
    static_cast<void>(take_sent());
  }

  // Sends a packet of a keyframe and returns the timestamp that the receiver got it with.
  std::uint32_t send(TestRtp rtp) {
    rtp.sequence = ++sequence_;
    receive_rtp(*publisher_, rtp);
    run();
    const auto sent = take_media(*receiver_);
    EXPECT_EQ(sent.size(), 1U);
    return sent.empty() ? 0 : parse_rtp_header(sent[0])->timestamp;
  }

  void report(std::uint32_t ssrc, NtpTime ntp, std::uint32_t timestamp) {
    receive(*publisher_, srtcp(*publisher_, sender_report(ssrc, ntp, timestamp)));
    run();
  }

  // The sender reports of the next second and a half.
  std::vector<SenderReport> next_reports() {
    static_cast<void>(take_sent());
    run_for(1'500 * kMillisecond);
    std::vector<SenderReport> reports;
    const auto compounds = take_rtcp(*receiver_);
    for (const auto& part : parts_of(compounds)) {
      if (part.type == kRtcpSenderReport) reports.push_back(*parse_sender_report(part));
    }
    return reports;
  }

  TestPeer* publisher_ = nullptr;
  TestPeer* receiver_ = nullptr;
  StreamHandle source_;
  std::uint64_t sequence_ = TestRtp{}.sequence;
};

TEST_F(SenderReportTest, AStepOfThePublishersClockLeavesTheReceiversTimeline) {
  const NtpTime start = ntp_from_unix_ns(1'600'000'000'000'000'000ULL);
  const auto source_timestamp = [&] {
    return static_cast<std::uint32_t>(now / kMicrosecond * 9 / 100);
  };
  // Of the receiver's reports: RTP timestamp less what our wall clock makes of the instant.
  std::optional<std::uint32_t> difference;
  for (const NtpTime clock : {start, NtpTime{1}, ~NtpTime{0}, start}) {
    for (int i = 0; i < 3; ++i) {
      send({.timestamp = source_timestamp()});
      report(TestRtp{}.ssrc, clock + ntp_difference_from_ns(now), source_timestamp());
      const auto reports = next_reports();
      ASSERT_FALSE(reports.empty()) << clock;
      for (const SenderReport& report : reports) {
        const auto at = static_cast<std::uint32_t>((report.ntp >> 16) * 90'000 / 65'536);
        if (!difference) difference = report.rtp_timestamp - at;
        EXPECT_NEAR(static_cast<std::int32_t>(report.rtp_timestamp - at - *difference), 0, 1'000)
            << clock;
      }
    }
  }
}

TEST_F(SenderReportTest, TheTimelineOfTheSourceBeforeIsNotTheNewOnes) {
  const NtpTime start = ntp_from_unix_ns(1'600'000'000'000'000'000ULL);
  send({.timestamp = 5'000});
  report(TestRtp{}.ssrc, start + ntp_difference_from_ns(now), 5'000);
  EXPECT_FALSE(next_reports().empty());
  const std::uint32_t timestamp = send({.ssrc = 0x2222, .timestamp = 4'000'000'000, .mid = "v"});
  EXPECT_TRUE(next_reports().empty()) << "nothing is known of the new source's clock yet";
  // A report of the old source that was under way changes nothing.
  report(TestRtp{}.ssrc, start + ntp_difference_from_ns(now), 140'000);
  send({.ssrc = 0x2222, .timestamp = 4'000'000'000});
  EXPECT_TRUE(next_reports().empty());
  report(0x2222, start + ntp_difference_from_ns(now), 4'000'000'000);
  send({.ssrc = 0x2222, .timestamp = 4'000'000'000});
  const auto reports = next_reports();
  ASSERT_FALSE(reports.empty());
  EXPECT_LE(reports.back().rtp_timestamp - timestamp, 2U * 90'000);
}

TEST_F(SenderReportTest, TheFirstComesAtOnceAndThatOfAnotherSourceLikewise) {
  const NtpTime start = ntp_from_unix_ns(1'600'000'000'000'000'000ULL);
  const auto reports_within = [&](Duration time) {
    static_cast<void>(take_sent());
    run_for(time);
    const auto compounds = take_rtcp(*receiver_);
    return std::ranges::count(parts_of(compounds), kRtcpSenderReport, &RtcpPacket::type);
  };
  send({.timestamp = 5'000});
  run_for(300 * kMillisecond);
  report(TestRtp{}.ssrc, start + ntp_difference_from_ns(now), 32'000);
  EXPECT_EQ(reports_within(100 * kMillisecond), 1) << "as soon as its clock is known";
  run_for(100 * kMillisecond);
  send({.ssrc = 0x2222, .timestamp = 4'000'000'000, .mid = "v"});
  report(0x2222, start + ntp_difference_from_ns(now), 4'000'000'000);
  EXPECT_EQ(reports_within(100 * kMillisecond), 1);
}

TEST_F(SenderReportTest, AnswersWhatTheReceiverSaysOfItsClock) {
  const NtpTime start = ntp_from_unix_ns(1'600'000'000'000'000'000ULL);
  send({.timestamp = 5'000});
  report(TestRtp{}.ssrc, start + ntp_difference_from_ns(now), 5'000);
  run_for(200 * kMillisecond);
  std::vector<std::uint8_t> bytes(64);
  ByteWriter writer(bytes);
  ASSERT_TRUE(write_receiver_reference_time(writer, 1, start + (5ULL << 32)));
  receive(*receiver_, srtcp(*receiver_, std::span(bytes).first(writer.size())));
  run();
  const Timestamp said_at = now;
  std::optional<ExtendedReport> answer;
  for (int i = 0; i < 300 && !answer; ++i) {
    static_cast<void>(take_sent());
    run_for(5 * kMillisecond);
    const auto compounds = take_rtcp(*receiver_);
    for (const auto& part : parts_of(compounds)) {
      if (part.type == kRtcpExtendedReport) answer = parse_extended_report(part);
    }
  }
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->sender_ssrc, 0x9999U) << "the media's own";
  ASSERT_EQ(answer->dlrr.size(), 1U);
  EXPECT_EQ(answer->dlrr[0].ssrc, 1U);
  EXPECT_EQ(answer->dlrr[0].last_rr, compact_ntp(start + (5ULL << 32)));
  EXPECT_NEAR(answer->dlrr[0].delay, static_cast<double>(now - said_at) * 65'536 / kSecond, 700);
}

TEST_F(SenderReportTest, ASubscriptionThatEndsSaysGoodbyeIfItHasSent) {
  const SubscriptionHandle silent =
      subscribe(*receiver_, add_stream(*publisher_, Codec::kVp8, "w"), 0x8888);
  const SubscriptionHandle other = subscribe(*receiver_, source_, 0x7777);
  send_to_all({.mid = "v"});
  registry->destroy_subscription(other, now);
  registry->destroy_subscription(silent, now);
  run_for(300 * kMillisecond);
  const auto compounds = take_rtcp(*receiver_);
  std::vector<std::uint32_t> ended;
  for (const auto& part : parts_of(compounds)) {
    if (part.type != kRtcpBye) continue;
    for (const std::uint32_t ssrc : parse_bye(part)->ssrcs) ended.push_back(ssrc);
  }
  EXPECT_EQ(ended, std::vector<std::uint32_t>{0x7777});
}

TEST_F(WorkerTest, ASilentStreamGetsNoSenderReports) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  subscribe(receiver, add_stream(publisher));
  receive_rtp(publisher, {});
  run();
  receive(publisher, srtcp(publisher, sender_report(TestRtp{}.ssrc, 1ULL << 32, 1'000)));
  run_for(5 * kSecond);
  static_cast<void>(take_sent());
  run_for(5 * kSecond);
  EXPECT_TRUE(take_rtcp(receiver).empty());
}

}  // namespace
}  // namespace penstock
