// The load generator against the server, both as people run them.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>

#include "bench/load/peer_socket.h"
#include "bench/load/rtcp_reports.h"
#include "dataplane/rtp/rtcp/receiver_report.h"
#include "dataplane/rtp/rtcp/sdes.h"
#include "tests/integration/harness/integration_test.h"
#include "tests/integration/harness/namespace.h"
#include "tests/support/mjr_writer.h"
#include "tests/support/temporary_folder.h"

namespace penstock::integration {
namespace {

struct LoadOutcome {
  int status = -1;
  std::string output;
  json::value figures;
};

class LoadTest : public IntegrationTest {
 protected:
  static LoadOutcome run_load(std::vector<std::string> arguments) {
    const test::TemporaryFolder folder;
    const auto json_path = folder.path() / "load.json";
    arguments.insert(arguments.begin(), {PENSTOCK_LOAD_PROGRAM, "--server", "ws://127.0.0.1:8188",
                                         "--json", json_path.string()});
    ChildProcess process({.arguments = arguments, .output = folder.path() / "output"});
    LoadOutcome outcome;
    outcome.status = process.wait_for(90 * kSecond).value_or(-1);
    outcome.output = test::read_file(folder.path() / "output");
    if (std::filesystem::exists(json_path))
      outcome.figures = json::parse(test::read_file(json_path));
    return outcome;
  }

  // Two sockets on loopback, each connected to the other.
  static void connect_pair(load::PeerSocket& one, load::PeerSocket& other) {
    const IpAddress loopback = IpAddress::from_v4({127, 0, 0, 1});
    for (load::PeerSocket* socket : {&one, &other}) {
      auto opened = load::PeerSocket::open(loopback);
      ASSERT_TRUE(opened.has_value()) << opened.error();
      *socket = std::move(*opened);
    }
    ASSERT_EQ(one.connect(other.local()), "");
    ASSERT_EQ(other.connect(one.local()), "");
  }

  static void expect_whole_load(const LoadOutcome& outcome, std::uint64_t peers) {
    ASSERT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_EQ(number_at(outcome.figures, "/connected_peers"), peers);
    EXPECT_EQ(number_at(outcome.figures, "/failed_peers"), 0U);
    EXPECT_GT(number_at(outcome.figures, "/expected_packets"), 0U);
    EXPECT_EQ(number_at(outcome.figures, "/received_packets"),
              number_at(outcome.figures, "/expected_packets"));
    EXPECT_EQ(number_at(outcome.figures, "/lost_packets"), 0U) << outcome.output;
    EXPECT_EQ(number_at(outcome.figures, "/duplicate_packets"), 0U);
    EXPECT_EQ(number_at(outcome.figures, "/srtp_failures"), 0U);
    EXPECT_GT(number_at(outcome.figures, "/delay_ns/p50"), 0U);
    EXPECT_GT(outcome.figures.at_pointer("/join_ms/max").to_number<double>(), 0);
  }
};

TEST_F(LoadTest, FourPublishersAndTwentySubscribersLoseNothing) {
  start_server();
  const LoadOutcome outcome =
      run_load({"--publishers", "4", "--subscribers", "20", "--seconds", "2", "--warmup", "1",
                "--decrypt-share", "0.1", "--window", "0.5"});
  expect_whole_load(outcome, 24);
  const json::array& windows = outcome.figures.at("windows").as_array();
  ASSERT_GE(windows.size(), 2U);
  EXPECT_EQ(number_at(windows[1], "/began_at_ns"), number_at(windows[0], "/ended_at_ns"));
  EXPECT_GT(number_at(windows[1], "/delay_p99_ns"), 0U);
  // Audio and video of four publishers, each to twenty.
  EXPECT_EQ(number_at(outcome.figures, "/expected_packets"),
            20 * number_at(outcome.figures, "/sent_packets"));
  EXPECT_GT(number_at(outcome.figures, "/decrypted_packets"),
            number_at(outcome.figures, "/received_packets") / 20);
  const auto begin = outcome.output.find("steady: begin\n");
  const auto end = outcome.output.find("steady: end\n");
  EXPECT_NE(begin, std::string::npos) << outcome.output;
  EXPECT_LT(begin, end) << outcome.output;
}

TEST_F(LoadTest, ComingAndGoingLosesNothingForThoseWhoAreThere) {
  start_server();
  const LoadOutcome outcome =
      run_load({"--publishers", "2", "--subscribers", "8", "--audio", "--seconds", "2", "--warmup",
                "1", "--churn", "5", "--profile", "cm80"});
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_GT(number_at(outcome.figures, "/connected_peers"), 14U);
  EXPECT_EQ(number_at(outcome.figures, "/lost_packets"), 0U) << outcome.output;
}

TEST_F(LoadTest, RecordingsAreSentAtTheirOwnPace) {
  start_server();
  for (int host = 10; host < 20; ++host) {
    add_address("penstock0", "198.18.0." + std::to_string(host) + "/24");
  }
  const test::TemporaryFolder folder;
  load::MjrWriter audio = load::MjrWriter::of("opus");
  for (std::uint16_t i = 0; i < 25; ++i) {
    audio.add({.at_ms = 40U * i,
               .sequence_number = i,
               .timestamp = 1'920U * i,
               .payload = std::vector<std::uint8_t>(50U + i, 0x78)});
  }
  const std::string audio_path = (folder.path() / "audio.mjr").string();
  const std::string video_path = (folder.path() / "video.mjr").string();
  audio.write_to(audio_path);
  load::second_of_video().write_to(video_path);
  const LoadOutcome outcome =
      run_load({"--bind", "198.18.0.10-198.18.0.19", "--publishers", "2", "--subscribers", "5",
                "--seconds", "2", "--warmup", "1", "--decrypt-share", "1", "--recording",
                video_path, "--recording", audio_path});
  expect_whole_load(outcome, 7);
  EXPECT_EQ(number_at(outcome.figures, "/decrypted_packets"),
            number_at(outcome.figures, "/received_packets"));
  // Of each publisher, 24 packets of video and 25 of audio in each second, if the machine lets it
  // send them; what it makes up would be 164.
  const auto sent = static_cast<double>(number_at(outcome.figures, "/sent_packets")) / 2 /
                    outcome.figures.at("seconds").to_number<double>();
  EXPECT_GT(sent, (24 + 25) / 2) << outcome.output;
  EXPECT_LT(sent, (24 + 25) * 2) << outcome.output;
}

TEST_F(LoadTest, WhatItsOwnSocketsDropIsCounted) {
  load::PeerSocket sender;
  load::PeerSocket receiver;
  ASSERT_NO_FATAL_FAILURE(connect_pair(sender, receiver));
  EXPECT_EQ(receiver.queue_drops(), 0U);
  constexpr std::uint64_t kSent = 10'000;  // more than the queue takes
  std::vector<std::uint8_t> bytes(1'200);
  for (std::uint64_t i = 0; i < kSent; ++i) sender.send(bytes);
  std::uint64_t received = 0;
  while (::recv(receiver.descriptor(), bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) ++received;
  EXPECT_GT(receiver.queue_drops(), 0U);
  EXPECT_EQ(received + receiver.queue_drops(), kSent);
}

TEST_F(LoadTest, ReportsAreSrtcpThatAReceiverCanRead) {
  load::PeerSocket sender;
  load::PeerSocket receiver;
  ASSERT_NO_FATAL_FAILURE(connect_pair(sender, receiver));
  const SrtpBackend backend = preferred_srtp_backend();
  const auto srtp = SrtpEngine::create(backend);
  SrtpSendContext send;
  SrtpReceiveContext receive;
  const SrtpMasterKey key{};
  ASSERT_TRUE(send.init(SrtpProfile::kAeadAes128Gcm, key, backend));
  ASSERT_TRUE(receive.init(SrtpProfile::kAeadAes128Gcm, key, backend));
  const auto received_parts = [&] {
    std::vector<std::uint8_t> packet(2'000);
    const ssize_t bytes = ::recv(receiver.descriptor(), packet.data(), packet.size(), 0);
    packet.resize(static_cast<std::size_t>(std::max<ssize_t>(bytes, 0)));
    const auto result = srtp->unprotect_rtcp(receive, packet);
    EXPECT_EQ(result.reason, DropReason::kNone);
    packet.resize(result.bytes);
    return packet;
  };

  // One more than a report has room for.
  std::vector<ReportBlock> blocks;
  for (std::uint32_t i = 0; i <= kRtcpItemsMax; ++i)
    blocks.push_back({.ssrc = 7 + i, .fraction_lost = 3, .cumulative_lost = 4});
  load::send_receiver_reports(*srtp, send, sender, blocks);
  for (const auto expected : {std::span(blocks).first(kRtcpItemsMax), std::span(blocks).last(1)}) {
    const auto packet = received_parts();
    CompoundReader of_subscriber(packet);
    const auto receiver_report = parse_receiver_report(*of_subscriber.next());
    ASSERT_TRUE(receiver_report.has_value());
    EXPECT_TRUE(std::ranges::equal(receiver_report->blocks, expected));
    EXPECT_TRUE(parse_sdes(*of_subscriber.next()).has_value());
  }

  SenderReport report;
  report.sender_ssrc = 9;
  report.packet_count = 11;
  load::send_sender_report(*srtp, send, sender, report);
  const auto second = received_parts();
  CompoundReader of_publisher(second);
  const auto sender_report = parse_sender_report(*of_publisher.next());
  ASSERT_TRUE(sender_report.has_value());
  EXPECT_EQ(sender_report->sender_ssrc, 9U);
  EXPECT_EQ(sender_report->packet_count, 11U);
}

TEST_F(LoadTest, WhatTheServerRefusesIsSaid) {
  start_server();
  const LoadOutcome no_room = run_load({"--room", "99", "--quiet"});
  EXPECT_EQ(no_room.status, 1);
  EXPECT_NE(no_room.output.find("there is no room 99"), std::string::npos) << no_room.output;
  // The room takes six.
  const LoadOutcome full = run_load({"--room", "1234", "--publishers", "8", "--subscribers", "1",
                                     "--seconds", "0.5", "--warmup", "0.5", "--quiet"});
  EXPECT_EQ(full.status, 1);
  EXPECT_NE(full.output.find("error 432"), std::string::npos) << full.output;
  EXPECT_EQ(number_at(full.figures, "/connected_peers"), 7U);
  EXPECT_EQ(number_at(full.figures, "/failed_peers"), 2U);
}

}  // namespace
}  // namespace penstock::integration
