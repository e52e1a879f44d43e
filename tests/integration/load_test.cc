// The load generator against the server, both as people run them.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "bench/load/peer_socket.h"
#include "tests/integration/harness/integration_test.h"
#include "tests/integration/harness/namespace.h"
#include "tests/integration/harness/temporary_folder.h"

namespace penstock::integration {
namespace {

struct Outcome {
  int status = -1;
  std::string output;
  json::value figures;
};

class LoadTest : public IntegrationTest {
 protected:
  // The server takes only some handshakes a second from one address.
  void add_addresses() {
    for (int host = 10; host < 20; ++host) {
      add_address("penstock0", "198.18.0." + std::to_string(host) + "/24");
    }
  }

  static Outcome run_load(std::vector<std::string> arguments) {
    const TemporaryFolder folder;
    const auto json_path = folder.path() / "load.json";
    arguments.insert(arguments.begin(), {PENSTOCK_LOAD_PROGRAM, "--server", "ws://127.0.0.1:8188",
                                         "--json", json_path.string()});
    ChildProcess process({.arguments = arguments, .output = folder.path() / "output"});
    Outcome outcome;
    outcome.status = process.wait_for(90 * kSecond).value_or(-1);
    outcome.output = read_file(folder.path() / "output");
    if (std::filesystem::exists(json_path)) outcome.figures = json::parse(read_file(json_path));
    return outcome;
  }

  static void expect_whole_load(const Outcome& outcome, std::uint64_t peers) {
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
  add_addresses();
  const Outcome outcome =
      run_load({"--bind", "198.18.0.10-198.18.0.19", "--publishers", "4", "--subscribers", "20",
                "--seconds", "2", "--warmup", "1", "--decrypt-share", "0.1"});
  expect_whole_load(outcome, 24);
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
  add_addresses();
  const Outcome outcome =
      run_load({"--bind", "198.18.0.10-198.18.0.19", "--publishers", "2", "--subscribers", "8",
                "--audio", "--seconds", "2", "--warmup", "1", "--churn", "5", "--profile", "cm80"});
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_GT(number_at(outcome.figures, "/connected_peers"), 14U);
  EXPECT_EQ(number_at(outcome.figures, "/lost_packets"), 0U) << outcome.output;
}

TEST_F(LoadTest, WhatItsOwnSocketsDropIsCounted) {
  const IpAddress loopback = IpAddress::from_v4({127, 0, 0, 1});
  auto sender = load::PeerSocket::open(loopback);
  auto receiver = load::PeerSocket::open(loopback);
  ASSERT_TRUE(sender.has_value() && receiver.has_value());
  ASSERT_EQ(sender->connect(receiver->local()), "");
  ASSERT_EQ(receiver->connect(sender->local()), "");
  EXPECT_EQ(receiver->queue_drops(), 0U);
  constexpr std::uint64_t kSent = 10'000;  // more than the queue takes
  std::vector<std::uint8_t> bytes(1'200);
  for (std::uint64_t i = 0; i < kSent; ++i) sender->send(bytes);
  std::uint64_t received = 0;
  while (::recv(receiver->descriptor(), bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) ++received;
  EXPECT_GT(receiver->queue_drops(), 0U);
  EXPECT_EQ(received + receiver->queue_drops(), kSent);
}

TEST_F(LoadTest, WhatTheServerRefusesIsSaid) {
  start_server();
  const Outcome no_room = run_load({"--room", "99", "--quiet"});
  EXPECT_EQ(no_room.status, 1);
  EXPECT_NE(no_room.output.find("there is no room 99"), std::string::npos) << no_room.output;
  // The room takes six.
  const Outcome full = run_load({"--room", "1234", "--publishers", "8", "--subscribers", "1",
                                 "--seconds", "0.5", "--warmup", "0.5", "--quiet"});
  EXPECT_EQ(full.status, 1);
  EXPECT_NE(full.output.find("error 432"), std::string::npos) << full.output;
  EXPECT_EQ(number_at(full.figures, "/connected_peers"), 7U);
  EXPECT_EQ(number_at(full.figures, "/failed_peers"), 2U);
}

}  // namespace
}  // namespace penstock::integration
