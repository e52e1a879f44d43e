// What probes of a receiver's way are made of.
#include <map>
#include <set>

#include "dataplane/base/byte_writer.h"
#include "dataplane/cc/transport_cc_recorder.h"
#include "dataplane/rtp/header_extension.h"
#include "dataplane/rtp/rtx.h"
#include "tests/unit/worker/worker_fixture.h"

namespace penstock {
namespace {

constexpr std::uint32_t kSsrc = 0x9000;
constexpr std::uint32_t kProbeSsrc = 0x9100;

class ProbeTest : public WorkerTest {
 protected:
  ProbeTest() : publisher(add_connected_peer()), receiver(add_connected_peer()) {}

  // One more stream for the receiver.
  void add_video(bool has_rtx = true) {
    const auto index = static_cast<std::uint32_t>(count++);
    const std::string mid = "v" + std::to_string(index);
    SubscriptionConfig config;
    config.transport = receiver.transport;
    config.target.stream = add_stream(publisher, Codec::kVp8, mid);
    config.target.codec = Codec::kVp8;
    config.target.payload_type = 100;
    config.target.stamp = SendStamp::kTransportCc;
    config.mid = Mid::from(mid);
    config.ssrc = kSsrc + index;
    if (has_rtx) {
      config.target.rtx_ssrc = kProbeSsrc + index;
      config.target.rtx_payload_type = kRtxPayloadType;
    }
    subscribe(config);
  }
  // A frame of each stream; what the receiver gets, it reports on after 20 ms.
  void send_frames(std::size_t payload_bytes = 300) {
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<std::uint8_t> payload(payload_bytes);
      payload[0] = 0x10;
      receive_rtp(publisher, {.ssrc = static_cast<std::uint32_t>(1 + i),
                              .sequence = 65'536U + frame,
                              .timestamp = frame * 900,
                              .mid = "v" + std::to_string(i),
                              .payload = std::move(payload)});
    }
    ++frame;
    run_for(10 * kMillisecond);
    for (auto& rtp : take_media(receiver)) {
      const auto header = parse_rtp_header(rtp);
      const auto number =
          parse_extensions(rtp, *header, test_extensions()).transport_sequence_number(rtp);
      if (number) arrivals.record(*number, now + 20 * kMillisecond);
      got.push_back(std::move(rtp));
    }
    report();
  }
  void report() {
    std::vector<std::uint8_t> bytes(1'200);
    ByteWriter writer(bytes);
    if (arrivals.build_feedback(writer, 1, kSsrc) == 0) return;
    receive(receiver, srtcp(receiver, std::span(bytes).first(writer.size())));
    run();
  }
  // Until the way is known, and then with a probe of it.
  void probe(std::size_t payload_bytes = 300) {
    for (int i = 0; i < 50; ++i) send_frames(payload_bytes);
    sent.clear();
    for (const auto& rtp : got) sent[load_be32(&rtp[8])].insert(number_of(rtp));
    got.clear();
    BandwidthEstimator& estimator =
        registry->pools().transports.resolve(receiver.transport)->estimator;
    ASSERT_TRUE(estimator.is_known());
    estimator.set_goal(2 * estimator.bps());
    for (int i = 0; i < 50; ++i) send_frames(payload_bytes);
  }
  // Of what came since then: the numbers that were sent again, by the SSRC that they were sent as.
  std::map<std::uint32_t, std::vector<std::uint16_t>> repeated() const {
    std::map<std::uint32_t, std::vector<std::uint16_t>> numbers;
    for (const auto& rtp : got) {
      const std::uint32_t ssrc = load_be32(&rtp[8]);
      if (ssrc < kProbeSsrc || (rtp[0] & 0x20) != 0) continue;
      const auto header = parse_rtp_header(rtp);
      numbers[ssrc - kProbeSsrc + kSsrc].push_back(load_be16(&rtp[header->header_bytes]));
    }
    return numbers;
  }

  TestPeer& publisher;
  TestPeer& receiver;
  std::size_t count = 0;
  std::uint32_t frame = 0;
  TransportCcRecorder arrivals;
  std::vector<std::vector<std::uint8_t>> got;
  std::map<std::uint32_t, std::set<std::uint16_t>> sent;  // before the probe, by SSRC
};

TEST_F(ProbeTest, WhatTheReceiverWasSentLatelyIsSentAgainWithItsNumbers) {
  add_video();
  probe();
  EXPECT_GT(stats[0].probes_kept.get(), 0U);
  EXPECT_EQ(stats[0].media_resent.get(), 0U) << "nobody has asked";
  const auto numbers = repeated();
  ASSERT_TRUE(numbers.contains(kSsrc));
  EXPECT_EQ(numbers.at(kSsrc).size(), stats[0].probes_kept.get());
  std::set<std::uint16_t> known = sent.at(kSsrc);
  for (const auto& rtp : got) {
    if (load_be32(&rtp[8]) == kSsrc) known.insert(number_of(rtp));
  }
  for (const std::uint16_t number : numbers.at(kSsrc))
    EXPECT_TRUE(known.contains(number)) << number;
}

TEST_F(ProbeTest, AllStreamsOfTheReceiverTakeTurns) {
  add_video();
  add_video();
  add_video(false);
  probe();
  const auto numbers = repeated();
  EXPECT_EQ(numbers.size(), 2U) << "without RTX there is no way to";
  ASSERT_TRUE(numbers.contains(kSsrc) && numbers.contains(kSsrc + 1));
  EXPECT_NEAR(static_cast<double>(numbers.at(kSsrc).size()),
              static_cast<double>(numbers.at(kSsrc + 1).size()), 2);
}

TEST_F(ProbeTest, WhereNothingIsKeptAnyMorePaddingGoes) {
  add_video();
  for (int i = 0; i < 50; ++i) send_frames();
  run_for(kHistoryAge + 100 * kMillisecond);
  BandwidthEstimator& estimator =
      registry->pools().transports.resolve(receiver.transport)->estimator;
  estimator.set_goal(2 * estimator.bps());
  run_for(600 * kMillisecond);
  EXPECT_GT(stats[0].padding_sent.get(), 0U);
  EXPECT_EQ(stats[0].probes_kept.get(), 0U);
}

TEST_F(ProbeTest, WithoutRtxNothingIsProbed) {
  add_video(false);
  probe();
  EXPECT_EQ(stats[0].padding_sent.get(), 0U);
  EXPECT_EQ(stats[0].probes_kept.get(), 0U);
}

}  // namespace
}  // namespace penstock
