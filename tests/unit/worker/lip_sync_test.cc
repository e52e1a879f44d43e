// Goal: sound and picture of a publisher stay within 45 ms of each other (ITU-R BT.1359), however
// wrong its clocks are. Method: its packets and reports by clocks that differ.
#include "dataplane/rtp/rtcp/sender_report.h"
#include "tests/unit/worker/rtcp_parts.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

// A publisher whose clocks are wrong: its wall clock by 100 in a million, that of its sound card by
// as much again; what the receiver is told is compared with when things really were captured.
class LipSyncTest : public WorkerTest {
 protected:
  static constexpr double kWallClockRate = 1 + 100e-6;
  struct Kind {
    StreamHandle stream;
    std::uint32_t ssrc;  // of both sides
    double ticks_per_s;
    std::uint32_t clock_hz;
    std::uint8_t payload_type;
    std::string mid;
    std::uint32_t offset = 0;  // of timestamps
    double error_s = 0;        // of the last report
  };

  LipSyncTest() : WorkerTest({.consent_timeout = kNever}) {}

  static std::uint32_t ticks_at(const Kind& kind, Timestamp at) {
    return static_cast<std::uint32_t>(static_cast<double>(at) / 1e9 * kind.ticks_per_s);
  }
  NtpTime publishers_time() const {
    return ntp_from_unix_ns(1'600'000'000'000'000'000ULL) +
           ntp_difference_from_ns(static_cast<Duration>(static_cast<double>(now) * kWallClockRate));
  }
};

TEST_F(LipSyncTest, SoundAndPictureStayTogetherForTenMinutesOfClocksThatDiffer) {
  TestPeer& publisher = add_connected_peer();
  TestPeer& receiver = add_connected_peer();
  std::array kinds{Kind{.stream = add_stream(publisher, Codec::kOpus, "a", 111),
                        .ssrc = 0x1000,
                        .ticks_per_s = 48'000 * kWallClockRate * (1 + 100e-6),
                        .clock_hz = 48'000,
                        .payload_type = 111,
                        .mid = "a"},
                   Kind{.stream = add_stream(publisher, Codec::kVp8, "v", 96),
                        .ssrc = 0x2000,
                        .ticks_per_s = 90'000 * kWallClockRate,
                        .clock_hz = 90'000,
                        .payload_type = 96,
                        .mid = "v"}};
  for (const Kind& kind : kinds) subscribe(receiver, kind.stream, kind.ssrc);
  double worst_s = 0;
  std::uint64_t sequence = TestRtp{}.sequence;
  for (int step = 0; step < 6'000; ++step) {
    ++sequence;
    for (Kind& kind : kinds) {
      receive_rtp(publisher, {.ssrc = kind.ssrc,
                              .payload_type = kind.payload_type,
                              .sequence = sequence,
                              .timestamp = ticks_at(kind, now),
                              .mid = kind.mid});
      run();
      if (step == 0) {
        const auto media = take_media(receiver);
        ASSERT_EQ(media.size(), 1U);
        kind.offset = parse_rtp_header(media[0])->timestamp - ticks_at(kind, now);
      }
      if (step % 10 == 0)
        receive(publisher,
                srtcp(publisher, sender_report(kind.ssrc, publishers_time(), ticks_at(kind, now))));
    }
    run();
    const auto compounds = take_rtcp(receiver);
    for (const auto& part : parts_of(compounds)) {
      if (part.type != kRtcpSenderReport) continue;
      const auto report = parse_sender_report(part);
      for (Kind& kind : kinds) {
        if (kind.ssrc != report->sender_ssrc) continue;
        const double captured_s =
            static_cast<double>(report->rtp_timestamp - kind.offset) / kind.ticks_per_s;
        kind.error_s = static_cast<double>(ns_from_ntp_difference(report->ntp)) / 1e9 - captured_s;
      }
    }
    if (step > 20) worst_s = std::max(worst_s, std::abs(kinds[0].error_s - kinds[1].error_s));
    now += 100 * kMillisecond;
  }
  EXPECT_LT(worst_s, 0.045);
  EXPECT_GT(worst_s, 0) << "nothing was compared";
}

}  // namespace
}  // namespace penstock
