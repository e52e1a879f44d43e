// penstock-bridge as people run it, between two hosts in namespaces of their own: what its
// statistics say is what happened.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <optional>
#include <set>

#include "tests/client/json_at.h"
#include "tests/integration/harness/child_process.h"
#include "tests/integration/harness/integration_test.h"
#include "tests/integration/harness/namespace.h"
#include "tests/integration/harness/udp_socket.h"
#include "tests/support/temporary_folder.h"

namespace penstock::integration {
namespace {

namespace json = boost::json;

constexpr Duration kBridgePatience = 20 * kSecond;

// near0 -- bad0, where the bridge is, bad1 -- far0. Near are the bridge's devices too, which have
// no address: what goes from near0 to far0 has no way but the bridge.
class BridgeTest : public testing::Test {
 protected:
  void SetUp() override {
    enter_network_namespace();
    near_ = this_namespace();
    enter_network_namespace();
    far_ = this_namespace();
    enter(near_);
    add_cable("near0", "bad0");
    add_cable("far0", "bad1");
    ip({"link", "set", "far0", "netns",
        "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(far_)});
    enter(far_);
    ip({"link", "set", "far0", "up"});
    ip({"address", "add", "198.18.0.2/24", "dev", "far0"});
    enter(near_);
  }
  void TearDown() override {
    bridge_.reset();
    for (const int space : {near_, far_}) ::close(space);
  }

  static void ip(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "ip");
    run_command(arguments);
  }
  static void add_cable(const std::string& host_end, const std::string& bridge_end) {
    ip({"link", "add", host_end, "type", "veth", "peer", "name", bridge_end});
    run_command({"ethtool", "-K", host_end, "tx", "off"});
    for (const std::string& end : {host_end, bridge_end}) {
      ip({"link", "set", end, "addrgenmode", "none", "up"});
    }
  }
  static void near_address(const std::string& device) {
    ip({"address", "add", "198.18.0.1/24", "dev", device});
  }
  static int this_namespace() { return ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC); }
  static void enter(int space) { ASSERT_EQ(::setns(space, CLONE_NEWNET), 0); }

  void launch(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), PENSTOCK_BRIDGE_PROGRAM);
    bridge_.emplace(ChildOptions{.arguments = arguments, .output = output_path()});
  }
  // Waits until it runs.
  void start(const std::vector<std::string>& arguments) {
    launch(arguments);
    ASSERT_TRUE(eventually([&] { return output().find("are joined") != std::string::npos; }))
        << output();
  }
  // What it says when it cannot start, or go on.
  std::string failure() {
    EXPECT_EQ(bridge_->wait_for(kBridgePatience), 1);
    return output();
  }
  // Ends it; its last statistics.
  json::value stop() {
    bridge_->signal(SIGTERM);
    EXPECT_EQ(bridge_->wait_for(kBridgePatience), 0);
    return last_statistics();
  }
  json::value last_statistics() const {
    const std::string text = output();
    const std::size_t line = text.rfind("\n{");
    return line == std::string::npos
               ? json::value()
               : json::parse(text.substr(line + 1, text.find('\n', line + 1) - line));
  }
  std::string output() const { return test::read_file(output_path()); }
  std::filesystem::path output_path() const { return folder_.path() / "output"; }

  static bool eventually(const std::function<bool()>& condition) {
    const Timestamp deadline = monotonic_now() + kBridgePatience;
    while (!condition()) {
      if (monotonic_now() > deadline) return false;
      ::usleep(1'000);
    }
    return true;
  }

  // The sockets of the two hosts.
  void open_sockets() {
    near_socket_.emplace(SocketAddress{*parse_ip_address("198.18.0.1"), 40'000});
    enter(far_);
    far_socket_.emplace(SocketAddress{*parse_ip_address("198.18.0.2"), 50'000});
    enter(near_);
  }
  // Takes what came: the number in each datagram.
  static void drain(UdpSocket& socket, std::multiset<std::uint32_t>& numbers) {
    SocketAddress from;
    std::vector<std::uint8_t> bytes;
    while (socket.receive(from, bytes)) {
      std::uint32_t number = 0;
      ASSERT_GE(bytes.size(), sizeof(number));
      std::memcpy(&number, bytes.data(), sizeof(number));
      numbers.insert(number);
    }
  }
  // Sends datagrams with the numbers below `count`, and takes what comes to `to` meanwhile.
  static std::multiset<std::uint32_t> exchange(UdpSocket& from, UdpSocket& to,
                                               std::uint32_t count) {
    std::multiset<std::uint32_t> arrived;
    std::vector<std::uint8_t> bytes(200);
    for (std::uint32_t number = 0; number < count; ++number) {
      std::memcpy(bytes.data(), &number, sizeof(number));
      from.send(to.local(), bytes);
      if (number % 50 == 0) ::usleep(2'000);  // 20,000 a second or so
      drain(to, arrived);
    }
    // Behind all of them, there and back.
    run_command({"ping", "-c", "1", "-W", "10", "198.18.0.2"});
    ::usleep(20'000);
    drain(to, arrived);
    return arrived;
  }

  int near_ = -1;
  int far_ = -1;
  test::TemporaryFolder folder_;
  std::optional<ChildProcess> bridge_;
  std::optional<UdpSocket> near_socket_;
  std::optional<UdpSocket> far_socket_;
};

std::uint64_t count_of(const json::value& statistics, const std::string& device,
                       const std::string& what) {
  return test::number_at(statistics, "/to/" + device + "/" + what);
}

TEST_F(BridgeTest, WhatItSaysIsLostIsWhatIsMissing) {
  constexpr std::uint32_t kCount = 4'000;
  near_address("near0");
  start({"bad0", "bad1", "--to", "bad1", "loss=10,duplicate=2", "--seed", "3"});
  open_sockets();
  const auto there = exchange(*near_socket_, *far_socket_, kCount);
  const auto back = exchange(*far_socket_, *near_socket_, kCount);
  const json::value statistics = stop();

  // The machine may have no CPU for the bridge for so long that the kernel drops; that is counted.
  const std::uint64_t missed = count_of(statistics, "bad1", "missed");
  const std::uint64_t lost = count_of(statistics, "bad1", "lost");
  const std::uint64_t duplicated = count_of(statistics, "bad1", "duplicated");
  EXPECT_EQ(there.size(), kCount - missed - lost + duplicated) << json::serialize(statistics);
  EXPECT_EQ(std::set(there.begin(), there.end()).size(), kCount - missed - lost);
  EXPECT_NEAR(static_cast<double>(lost), kCount / 10.0, 100);
  EXPECT_GT(duplicated, 0U);
  EXPECT_EQ(count_of(statistics, "bad1", "under_rules"), kCount - missed) << "ARP is not";

  EXPECT_EQ(back.size(), kCount - count_of(statistics, "bad0", "missed"));
  EXPECT_EQ(count_of(statistics, "bad0", "lost"), 0U);
  print_measured(json::serialize(statistics));
}

TEST_F(BridgeTest, PingPassesAndIsDelayedIfTheRulesAreForAll) {
  near_address("near0");
  start({"bad0", "bad1", "--all", "--both", "delay-ms=20"});
  run_command({"ping", "-c", "3", "-i", "0.2", "-W", "5", "198.18.0.2"});
  bridge_->signal(SIGUSR1);
  ASSERT_TRUE(eventually([&] { return !last_statistics().is_null(); }));
  EXPECT_GE(count_of(last_statistics(), "bad0", "sent"), 3U);
  const json::value statistics = stop();
  EXPECT_GE(count_of(statistics, "bad1", "under_rules"), 3U);
  EXPECT_EQ(count_of(statistics, "bad1", "delay_max_us"), 20'000U);
}

TEST_F(BridgeTest, DatagramsAreDelayedByWhatTheRulesSay) {
  near_address("near0");
  start({"bad0", "bad1", "--to", "bad1", "delay-ms=30", "--to", "bad0", "delay-ms=40"});
  open_sockets();
  const std::vector<std::uint8_t> bytes(100);
  for (int i = 0; i < 5; ++i) {
    const Timestamp sent_at = monotonic_now();
    near_socket_->send(far_socket_->local(), bytes);
    SocketAddress from;
    std::vector<std::uint8_t> received;
    ASSERT_TRUE(eventually([&] { return far_socket_->receive(from, received); }));
    EXPECT_GE(monotonic_now() - sent_at, 30 * kMillisecond);
    far_socket_->send(from, received);
    ASSERT_TRUE(eventually([&] { return near_socket_->receive(from, received); }));
    EXPECT_GE(monotonic_now() - sent_at, 70 * kMillisecond);
  }
}

TEST_F(BridgeTest, ATapDeviceOfItsOwnIsAnEndToo) {
  start({"tap:tap0", "bad1", "--to", "bad1", "loss=100", "--larger-than", "150"});
  near_address("tap0");
  open_sockets();
  EXPECT_TRUE(exchange(*near_socket_, *far_socket_, 100).empty()) << "they have 200 bytes";
  run_command({"ping", "-c", "1", "-W", "5", "198.18.0.2"});
  EXPECT_EQ(exchange(*far_socket_, *near_socket_, 100).size(), 100U);
  EXPECT_EQ(count_of(stop(), "bad1", "lost"), 100U);
  EXPECT_FALSE(interface_exists("tap0"));
}

TEST_F(BridgeTest, CommandsAreInEffectAtOnce) {
  near_address("near0");
  const std::string commands = (folder_.path() / "commands").string();
  ASSERT_EQ(::mkfifo(commands.c_str(), 0600), 0);
  const std::string command = "exec " PENSTOCK_BRIDGE_PROGRAM " bad0 bad1 --commands < " + commands;
  bridge_.emplace(ChildOptions{.arguments = {"sh", "-c", command}, .output = output_path()});
  const int commands_end = ::open(commands.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(commands_end, 0);
  const auto say = [&](const std::string& text) {
    ASSERT_EQ(::write(commands_end, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  };
  ASSERT_TRUE(eventually([&] { return output().find("are joined") != std::string::npos; }));
  open_sockets();
  EXPECT_EQ(exchange(*near_socket_, *far_socket_, 50).size(), 50U);
  say("bad1 loss=100\nbad1 los=1\n");
  ASSERT_TRUE(
      eventually([&] { return output().find("there is no such key") != std::string::npos; }));
  EXPECT_TRUE(exchange(*near_socket_, *far_socket_, 50).empty());
  say("bad1 loss=0\nnonsense\n");
  ASSERT_TRUE(
      eventually([&] { return output().find("expected DEVICE RULE") != std::string::npos; }));
  ::close(commands_end);
  EXPECT_EQ(exchange(*near_socket_, *far_socket_, 50).size(), 50U) << "nobody commands any more";
  stop();
}

TEST_F(BridgeTest, ASenderThatLeavesChecksumsToHardwareIsNamedWithTheRemedy) {
  near_address("near0");
  run_command({"ethtool", "-K", "near0", "tx", "on"});
  start({"bad0", "bad1"});
  open_sockets();
  near_socket_->send(far_socket_->local(), std::vector<std::uint8_t>(100));
  EXPECT_NE(failure().find("for the device at the other end of bad0: ethtool -K DEVICE tx off"),
            std::string::npos)
      << output();
}

TEST_F(BridgeTest, DevicesThatItCannotUseAreRefusedWithTheRemedy) {
  const auto refusal = [&](const std::vector<std::string>& arguments) {
    launch(arguments);
    return failure();
  };
  EXPECT_NE(refusal({"bad0", "bad7"}).find("there is no device bad7"), std::string::npos);
  EXPECT_NE(refusal({"tap:bad0", "bad1"}).find("there is a device bad0 already"),
            std::string::npos);
  ip({"link", "set", "bad1", "mtu", "1400"});
  EXPECT_NE(refusal({"bad0", "bad1"}).find("remedy: ip link set bad1 mtu 1500"), std::string::npos);
  ip({"link", "set", "bad1", "down"});
  EXPECT_NE(refusal({"bad0", "bad1"}).find("remedy: ip link set bad1 up"), std::string::npos);
  ip({"address", "add", "198.18.0.3/24", "dev", "bad0"});
  EXPECT_NE(refusal({"bad0", "bad1"}).find("the kernel has the address 198.18.0.3 on bad0"),
            std::string::npos);
}

TEST_F(BridgeTest, ADeviceThatGoesDownEndsIt) {
  start({"bad0", "bad1"});
  ip({"link", "set", "bad1", "down"});
  EXPECT_NE(failure().find("cannot receive on bad1: Network is down"), std::string::npos);
}

}  // namespace
}  // namespace penstock::integration
