// Goal: what a publisher sends comes to an address that a request names, as to a subscriber: from a
// keyframe on, without a gap, with sender reports, encrypted if that is wanted; a keyframe that is
// asked for from there comes; and it ends with what it forwards, leaving nothing. Method: hosts of
// the server's link that know no WebRTC take down what comes.
#include <gtest/gtest.h>

#include <set>

#include "dataplane/rtp/header.h"
#include "dataplane/rtp/rtcp/pli.h"
#include "dataplane/rtp/rtcp/sender_report.h"
#include "dataplane/srtp/batch.h"
#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"
#include "tests/sim/wire.h"
#include "tests/support/scale.h"

namespace penstock::sim {
namespace {

constexpr std::uint64_t kForwarded = 79;

// What came to one port as RTP.
struct Taken {
  std::vector<std::uint16_t> numbers;
  std::vector<bool> begins_keyframe;
  std::set<std::uint32_t> ssrcs;
  std::set<std::uint8_t> payload_types;
  std::set<std::uint32_t> senders;  // by watermark
  Timestamp last_at = 0;

  std::size_t gaps() const {
    std::size_t gaps = 0;
    for (std::size_t i = 1; i < numbers.size(); ++i)
      gaps += static_cast<std::uint16_t>(numbers[i - 1] + 1) != numbers[i];
    return gaps;
  }
};

class Forwarding : public testing::TestWithParam<WorkerIndex> {
 protected:
  Forwarding() : sim({.seed = 61, .workers = GetParam()}), host(sim.add_plain_host()) {
    maker = &sim.join(kRoom, "maker");
    maker->create_room(kForwarded);
    sim.run_for(kSecond);
    alice = &sim.join(kForwarded, "alice");
  }
  ~Forwarding() override {
    maker->destroy_room(kForwarded);
    sim.run_for(kSecond);
  }
  json::object forward_request(json::array streams) {
    return {{"request", "rtp_forward"},
            {"room", kForwarded},
            {"publisher_id", alice->id()},
            {"host", to_string(host.ip())},
            {"streams", std::move(streams)}};
  }
  void publish() {
    alice->publish();
    sim.run_for(2 * kSecond);
  }
  void forward(json::array streams) {
    alice->say(forward_request(std::move(streams)));
    sim.run_for(2 * kSecond);
    EXPECT_TRUE(alice->errors().empty()) << alice->errors().front();
  }
  Taken taken(std::uint16_t port) const {
    Taken taken;
    for (const PlainHost::Datagram& each : host.received) {
      if (each.port != port) continue;
      const auto header = parse_rtp_header(each.bytes);
      if (!header) continue;
      const auto payload = std::span<const std::uint8_t>(each.bytes).subspan(header->header_bytes);
      taken.numbers.push_back(header->sequence_number);
      taken.begins_keyframe.push_back(test::is_keyframe_start(payload));
      taken.ssrcs.insert(header->ssrc);
      taken.payload_types.insert(header->payload_type);
      if (const auto mark = test::read_watermark(payload)) taken.senders.insert(mark->sender);
      taken.last_at = each.at;
    }
    return taken;
  }
  std::size_t forwarders() { return sim.server().media().counts().forwarders; }

  Simulation sim;
  PlainHost& host;
  Person* maker = nullptr;
  Person* alice = nullptr;
};

TEST_P(Forwarding, WhatAPublisherSendsComesInClearAndWhole) {
  publish();
  forward({{{"mid", "0"}, {"port", 5'002}}, {{"mid", "1"}, {"port", 5'004}, {"pt", 100}}});
  const Taken audio = taken(5'002);
  const Taken video = taken(5'004);
  EXPECT_GT(audio.numbers.size(), 80U);
  EXPECT_GT(video.numbers.size(), 80U);
  EXPECT_EQ(audio.gaps(), 0U);
  EXPECT_EQ(video.gaps(), 0U);
  EXPECT_EQ(audio.senders, std::set{alice->watermark()});
  EXPECT_EQ(video.senders, std::set{alice->watermark()});
  EXPECT_EQ(video.ssrcs.size(), 1U);
  EXPECT_EQ(video.payload_types, (std::set<std::uint8_t>{100}));
  ASSERT_FALSE(video.begins_keyframe.empty());
  EXPECT_TRUE(video.begins_keyframe.front());
  EXPECT_GE(video.last_at + 100 * kMillisecond, sim.now());
}

TEST_P(Forwarding, ReportsComeToThePortForThemAndKeyframesAreAskedForFromThere) {
  publish();
  forward({{{"mid", "1"}, {"port", 5'004}, {"rtcp_port", 5'005}, {"ssrc", 99}}});
  std::size_t reports = 0;
  for (const PlainHost::Datagram& each : host.received) {
    if (each.port != 5'005) continue;
    CompoundReader reader(each.bytes);
    const auto packet = reader.next();
    ASSERT_TRUE(packet.has_value());
    if (packet->type != kRtcpSenderReport) continue;
    EXPECT_EQ(parse_sender_report(*packet)->sender_ssrc, 99U);
    ++reports;
  }
  EXPECT_GE(reports, 1U);

  const auto keyframes = [&] {
    const Taken video = taken(5'004);
    return std::ranges::count(video.begins_keyframe, true);
  };
  const auto before = keyframes();
  std::array<std::uint8_t, 64> bytes{};
  ByteWriter writer(bytes);
  ASSERT_TRUE(write_pli(writer, {.sender_ssrc = 1, .media_ssrc = 99}));
  sim.send_from(host, 5'005, host.received.back().from, std::span(bytes).first(writer.size()));
  sim.run_for(kSecond);
  EXPECT_EQ(keyframes(), before + 1);
  EXPECT_EQ(taken(5'004).gaps(), 0U);
  // From anywhere else nobody asks.
  sim.send_from(host, 5'006, host.received.back().from, std::span(bytes).first(writer.size()));
  sim.run_for(kSecond);
  EXPECT_EQ(keyframes(), before + 1);
}

TEST_P(Forwarding, WithAKeyWhatComesIsSrtp) {
  publish();
  forward({{{"mid", "1"},
            {"port", 5'004},
            {"srtp_suite", 32},
            {"srtp_crypto", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"}}});
  SrtpMasterKey key;
  for (std::uint8_t i = 0; i < 30; ++i) (i < 16 ? key.key[i] : key.salt[i - 16]) = i;
  SrtpReceiveContext context;
  const auto engine = SrtpEngine::create(SrtpBackend::kIpsecMb);
  ASSERT_TRUE(context.init(SrtpProfile::kAes128CmSha1_32, key, SrtpBackend::kIpsecMb));
  ASSERT_GT(host.received.size(), 80U);
  std::set<std::uint32_t> senders;
  for (PlainHost::Datagram& each : host.received) {
    const auto header = parse_rtp_header(each.bytes);
    ASSERT_TRUE(header.has_value());
    UnprotectJob job{.context = &context,
                     .packet = each.bytes.data(),
                     .packet_bytes = static_cast<std::uint16_t>(each.bytes.size()),
                     .header_bytes = header->header_bytes};
    engine->unprotect_rtp({&job, 1});
    ASSERT_EQ(job.result, DropReason::kNone);
    const auto mark = test::read_watermark(
        std::span<const std::uint8_t>(each.bytes)
            .subspan(header->header_bytes, job.plain_bytes - header->header_bytes));
    if (mark) senders.insert(mark->sender);
  }
  EXPECT_EQ(senders, std::set{alice->watermark()});
}

TEST_P(Forwarding, EachSubstreamIsItsOwnEncodingAndStaysIt) {
  const auto encoding = [&](std::string rid, std::uint16_t width) {
    test::SyntheticSourceConfig config = video(alice->watermark());
    config.rid = std::move(rid);
    config.width = width;
    config.height = static_cast<std::uint16_t>(width * 3 / 4);
    config.packets_per_frame = width / 160;
    return config;
  };
  alice->publish(
      {audio(alice->watermark()), encoding("h", 640), encoding("m", 320), encoding("l", 160)});
  sim.run_for(3 * kSecond);
  forward({{{"mid", "1"}, {"port", 5'010}, {"port_2", 5'012}, {"port_3", 5'014}}});
  sim.run_for(2 * kSecond);
  const auto small = static_cast<double>(taken(5'010).numbers.size());
  EXPECT_GT(small, 80);
  EXPECT_NEAR(static_cast<double>(taken(5'012).numbers.size()) / small, 2, 0.3);
  EXPECT_NEAR(static_cast<double>(taken(5'014).numbers.size()) / small, 4, 0.5);
  // What is not sent any more is not replaced by another one.
  alice->publisher()->webrtc->pause_encoding("h", true);
  sim.run_for(3 * kSecond);
  const std::size_t before = taken(5'014).numbers.size();
  sim.run_for(2 * kSecond);
  EXPECT_EQ(taken(5'014).numbers.size(), before);
  EXPECT_EQ(taken(5'012).gaps(), 0U);
}

TEST_P(Forwarding, MessagesOfDataChannelsAreDatagrams) {
  alice->set_client({.has_data = true});
  publish();
  test::DataClient& data = *alice->publisher()->webrtc->data();
  const auto stream = data.open("a channel", sim.now());
  ASSERT_TRUE(stream.has_value());
  forward({{{"mid", "2"}, {"port", 5'020}}});
  data.send(*stream, "before", sim.now());
  data.send(*stream, std::string(2'000, 'x'), sim.now());
  data.send(*stream, "after", sim.now());
  sim.run_for(kSecond);
  std::vector<std::string> heard;
  for (const PlainHost::Datagram& each : host.received) {
    EXPECT_EQ(each.port, 5'020);
    heard.emplace_back(each.bytes.begin(), each.bytes.end());
  }
  EXPECT_EQ(heard, (std::vector<std::string>{"before", "after"}))
      << "what fits no datagram is lost";
}

TEST_P(Forwarding, ItEndsWithThePublisherAndLeavesNothing) {
  publish();
  const Census before = sim.server().census();
  forward({{{"mid", "0"}, {"port", 5'002}}, {{"mid", "1"}, {"port", 5'004}, {"rtcp_port", 5'005}}});
  EXPECT_EQ(forwarders(), 2U);
  EXPECT_EQ(sim.server().ownership_findings(), std::vector<std::string>{});
  alice->unpublish();
  sim.run_for(kSecond);
  EXPECT_EQ(forwarders(), 0U);
  const std::size_t received = host.received.size();
  alice->publish();
  sim.run_for(2 * kSecond);
  EXPECT_EQ(host.received.size(), received);
  expect_census(sim, before);
}

TEST_P(Forwarding, ManyComeAndGoWithoutATrace) {
  publish();
  const Census before = sim.server().census();
  std::uint64_t id = 0;
  Wire wire(sim, 7);
  wire.create_session();
  const std::uint64_t handle = wire.attach();
  const std::size_t rounds = test::scaled(1'000) / GetParam();
  for (std::size_t round = 0; round < rounds; ++round) {
    const json::object made = wire.ask_room(
        handle, forward_request({{{"mid", "1"}, {"port", 5'004}, {"rtcp_port", 5'005}}}));
    id = made.at("plugindata")
             .at("data")
             .at("forwarders")
             .at(0)
             .at("stream_id")
             .to_number<std::uint64_t>();
    wire.ask_room(handle, {{"request", "stop_rtp_forward"},
                           {"room", kForwarded},
                           {"publisher_id", alice->id()},
                           {"stream_id", id}});
  }
  wire.close();
  sim.run_for(2 * kSecond);
  EXPECT_EQ(forwarders(), 0U);
  expect_census(sim, before);
}

TEST_P(Forwarding, ToWhoIsNotThereNothingIsSentAndNobodyElseMissesAnything) {
  Person& bob = sim.join(kForwarded, "bob");
  bob.subscribe_to_everyone();
  publish();
  host.is_silent = true;
  forward({{{"mid", "1"}, {"port", 5'004}}});
  EXPECT_TRUE(host.received.empty());
  expect_sees(bob, *alice);
  host.is_silent = false;
  sim.run_for(12 * kSecond);
  EXPECT_EQ(taken(5'004).gaps(), 0U);
  EXPECT_FALSE(host.received.empty());
}

INSTANTIATE_TEST_SUITE_P(Workers, Forwarding, testing::Values(1, 2));

}  // namespace
}  // namespace penstock::sim
