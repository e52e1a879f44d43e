#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "dataplane/dpdk/dataplane_host.h"
#include "dataplane/dpdk/dataplane_runtime.h"
#include "tests/unit/dpdk/in_child.h"

namespace penstock {
namespace {

constexpr std::uint16_t kTestEtherType = 0x88B5;  // local experimental (IEEE 802)

// The loop's own preparation, on this thread: a TAP device announces packets by signal.
void become_worker() { prepare_worker_thread(); }

// Polls the platform until a frame pleases `is_wanted`, for at most two seconds.
template <typename IsWanted>
bool receive_until(DpdkPlatform& platform, IsWanted&& is_wanted) {
  const Timestamp start = monotonic_now();
  bool is_found = false;
  while (!is_found && monotonic_now() - start < 2 * kSecond) {
    std::array<rte_mbuf*, 32> burst;
    const std::size_t count = platform.receive_burst(burst);
    for (std::size_t i = 0; i < count; ++i) {
      is_found |= is_wanted(platform.data(burst[i]), platform.size(burst[i]));
      platform.release(burst[i]);
    }
    if (count == 0) {
      sleep_for(100 * kMicrosecond);
    }
  }
  return is_found;
}

// A raw socket on an interface, for test frames of kTestEtherType.
class RawSocket {
 public:
  explicit RawSocket(const char* interface)
      : fd_(::socket(AF_PACKET, SOCK_RAW, htons(kTestEtherType))) {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(kTestEtherType);
    address.sll_ifindex = static_cast<int>(::if_nametoindex(interface));
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    const timeval timeout{.tv_sec = 2, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  }
  ~RawSocket() { ::close(fd_); }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  void send(std::span<const std::uint8_t> frame) { ::send(fd_, frame.data(), frame.size(), 0); }
  bool receives(std::span<const std::uint8_t> frame) {
    std::array<std::uint8_t, 2'000> buffer;
    for (int tries = 0; tries < 10; ++tries) {
      const ssize_t bytes = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (bytes == static_cast<ssize_t>(frame.size()) &&
          std::memcmp(buffer.data(), frame.data(), frame.size()) == 0) {
        return true;
      }
    }
    return false;
  }

 private:
  int fd_;
};

std::array<std::uint8_t, 200> test_frame(std::uint8_t mark) {
  std::array<std::uint8_t, 200> frame;
  frame.fill(mark);
  std::fill_n(frame.begin(), 6, std::uint8_t{0xFF});
  std::copy_n(std::array<std::uint8_t, 6>{2, 0, 0, 0, 0, 9}.begin(), 6, frame.begin() + 6);
  frame[12] = kTestEtherType >> 8;
  frame[13] = kTestEtherType & 0xFF;
  return frame;
}

bool transmit(DpdkPlatform& platform, std::span<const std::uint8_t> frame) {
  std::array<rte_mbuf*, 1> burst = {platform.allocate()};
  std::memcpy(platform.data(burst[0]), frame.data(), frame.size());
  platform.set_size(burst[0], frame.size());
  return platform.transmit_burst(burst) == 1;
}

std::string what_is_left_behind() {
  if (::if_nametoindex("penstock0") != 0) {
    return "penstock0 is still there";
  }
  const auto folder = "/var/run/dpdk/penstock-" + std::to_string(::getpid());
  return std::filesystem::exists(folder) ? folder + " is still there" : "";
}

TEST(TapTest, TheDeviceAppearsWithItsAddressesAndIsGoneAfterStop) {
  EXPECT_EQ(in_child([]() -> std::string {
              auto host = DataplaneHost::start({.worker_count = 2});
              if (!host) {
                return host.error();
              }
              if (!run("ip -4 addr show penstock0 | grep -q 'inet 198.18.0.1/24'")) {
                return "no IPv4 address";
              }
              if (!run("ip -6 addr show penstock0 | grep -q 'inet6 fd00:198:18::1/64'") ||
                  run("ip -6 addr show penstock0 | grep fd00 | grep -q tentative")) {
                return "no usable IPv6 address";
              }
              if (!run("ip link show penstock0 | grep -q 'UP.*mtu 1500'")) {
                return "not up with MTU 1500";
              }
              if ((*host)->addresses().mac != PortConfig{}.tap_mac) {
                return "the port has another MAC than it was given";
              }
              const Timestamp start = monotonic_now();
              (*host)->stop();
              if (monotonic_now() - start > kSecond) {
                return "stopping took more than a second";
              }
              return what_is_left_behind();
            }),
            "");
}

TEST(TapTest, TheKernelsArpRequestForUsIsReceived) {
  EXPECT_EQ(in_child([]() -> std::string {
              auto host = DataplaneHost::start({});
              if (!host) {
                return host.error();
              }
              become_worker();
              std::thread pinger([] { run("ping -c 1 -W 1 198.18.0.2 > /dev/null"); });
              DpdkPlatform& platform = (*host)->runtime().platform(0);
              const bool is_asked =
                  receive_until(platform, [](const std::uint8_t* frame, std::size_t bytes) {
                    const std::array<std::uint8_t, 4> wanted = {198, 18, 0, 2};
                    return bytes >= 42 && frame[12] == 0x08 && frame[13] == 0x06 &&
                           std::memcmp(frame + 38, wanted.data(), 4) == 0;
                  });
              pinger.join();
              const DataplaneHostStats stats = (*host)->stats();
              (*host)->stop();
              if (stats.port.received_packets == 0 || stats.pool_packets_free == 0) {
                return "nothing counted";
              }
              return is_asked ? what_is_left_behind() : "no ARP request for 198.18.0.2";
            }),
            "");
}

TEST(TapTest, AFrameWeSendReachesTheHost) {
  EXPECT_EQ(in_child([]() -> std::string {
              auto host = DataplaneHost::start({});
              if (!host) {
                return host.error();
              }
              RawSocket socket("penstock0");
              const auto frame = test_frame(0x5A);
              if (!transmit((*host)->runtime().platform(0), frame)) {
                return "not transmitted";
              }
              return socket.receives(frame) ? "" : "the host received nothing";
            }),
            "");
}

// Both ends of a veth pair in one namespace: we have va, the test has vb.
std::string frames_pass_over_veth(PortDriver driver, std::size_t worker_count) {
  return in_child([=]() -> std::string {
    if (!run("ip link add va type veth peer name vb && ip link set va up && ip link set vb up")) {
      return "no veth";
    }
    auto host = DataplaneHost::start(
        {.worker_count = worker_count, .port = {.driver = driver, .device = "va"}});
    if (!host) {
      return host.error();
    }
    RawSocket socket("vb");
    const auto frame_in = test_frame(0x11);
    socket.send(frame_in);
    const bool has_arrived = [&] {
      const Timestamp start = monotonic_now();
      while (monotonic_now() - start < 2 * kSecond) {
        for (WorkerIndex worker = 0; worker < worker_count; ++worker) {
          std::array<rte_mbuf*, 32> burst;
          DpdkPlatform& platform = (*host)->runtime().platform(worker);
          const std::size_t count = platform.receive_burst(burst);
          bool is_ours = false;
          for (std::size_t i = 0; i < count; ++i) {
            is_ours |= platform.size(burst[i]) == frame_in.size() &&
                       std::memcmp(platform.data(burst[i]), frame_in.data(), frame_in.size()) == 0;
            platform.release(burst[i]);
          }
          if (is_ours) {
            return true;
          }
        }
        sleep_for(100 * kMicrosecond);
      }
      return false;
    }();
    if (!has_arrived) {
      return "the frame from the peer was not received";
    }
    // Every worker can transmit, whether it owns a queue or not.
    for (WorkerIndex worker = 0; worker < worker_count; ++worker) {
      const auto frame_out = test_frame(static_cast<std::uint8_t>(0x20 + worker));
      if (!transmit((*host)->runtime().platform(worker), frame_out)) {
        return "worker " + std::to_string(worker) + " could not transmit";
      }
      std::array<rte_mbuf*, 32> burst;
      DpdkPlatform& owner = (*host)->runtime().platform(0);
      const std::size_t count = owner.receive_burst(burst);  // sends what was relayed
      for (std::size_t i = 0; i < count; ++i) {
        owner.release(burst[i]);
      }
      if (!socket.receives(frame_out)) {
        return "the peer did not receive worker " + std::to_string(worker) + "'s frame";
      }
    }
    (*host)->stop();
    return what_is_left_behind();
  });
}

TEST(AfPacketTest, FramesPassBothWays) {
  EXPECT_EQ(frames_pass_over_veth(PortDriver::kAfPacket, 1), "");
}

TEST(AfPacketTest, FramesPassBothWaysWithTwoWorkers) {
  EXPECT_EQ(frames_pass_over_veth(PortDriver::kAfPacket, 2), "");
}

TEST(AfXdpTest, FramesPassBothWays) { EXPECT_EQ(frames_pass_over_veth(PortDriver::kAfXdp, 1), ""); }

TEST(AfXdpTest, WithOneQueueTheSecondWorkerTransmitsThroughTheFirst) {
  EXPECT_EQ(frames_pass_over_veth(PortDriver::kAfXdp, 2), "");
}

// More than the port has buffers for, while nobody looks; then what is there is taken.
std::size_t flood_and_drain(RawSocket& socket, DpdkPlatform& platform) {
  for (int i = 0; i < 10'000; ++i) socket.send(test_frame(0x33));
  std::size_t received = 0;
  receive_until(platform, [&](const std::uint8_t*, std::size_t) {
    ++received;
    return false;
  });
  return received;
}

TEST(AfXdpTest, AFloodWaitsInAllBuffersAndTakesNoneAway) {
  EXPECT_EQ(
      in_child([]() -> std::string {
        if (!run("ip link add va numrxqueues 1 numtxqueues 1 type veth"
                 " peer name vb numrxqueues 1 numtxqueues 1"
                 " && ip link set va up && ip link set vb up")) {
          return "no veth";
        }
        auto host = DataplaneHost::start({.port = {.driver = PortDriver::kAfXdp, .device = "va"}});
        if (!host) {
          return host.error();
        }
        RawSocket socket("vb");
        const std::size_t first = flood_and_drain(socket, (*host)->runtime().platform(0));
        for (int i = 0; i < 3; ++i) {
          const std::size_t next = flood_and_drain(socket, (*host)->runtime().platform(0));
          if (next + next / 10 < first) {
            return std::to_string(next) + " frames after " + std::to_string(first);
          }
        }
        (*host)->stop();
        return first < 2'000 ? "only " + std::to_string(first) + " frames wait" : std::string();
      }),
      "");
}

TEST(HostTest, TheSummaryNamesPortAndHostSide) {
  EXPECT_EQ(
      in_child([]() -> std::string {
        auto host = DataplaneHost::start({.worker_count = 2});
        if (!host) {
          return host.error();
        }
        std::string text;
        for (const std::string& line : (*host)->summary()) {
          text += line + "\n";
        }
        for (const char* part : {"DPDK 22.11", "penstock0 by TAP, MAC 02:50:53:00:00:02, MTU 1500",
                                 "host side: penstock0, 198.18.0.1/24, fd00:198:18::1/64"}) {
          if (text.find(part) == std::string::npos) {
            return std::string("no \"") + part + "\" in\n" + text;
          }
        }
        return "";
      }),
      "");
}

TEST(HostTest, TheSummarySaysThatASmallMtuKeepsLargePacketsBack) {
  EXPECT_EQ(in_child([]() -> std::string {
              if (!run("ip link add va mtu 1280 type veth peer name vb mtu 1280"
                       " && ip link set va up && ip link set vb up")) {
                return "no veth";
              }
              auto host =
                  DataplaneHost::start({.port = {.driver = PortDriver::kAfPacket, .device = "va"}});
              if (!host) {
                return host.error();
              }
              std::string text;
              for (const std::string& line : (*host)->summary()) {
                text += line + "\n";
              }
              const bool is_said = text.find("MTU 1280") != std::string::npos &&
                                   text.find("packet_too_large") != std::string::npos;
              return is_said && (*host)->mtu() == 1'280 ? "" : text;
            }),
            "");
}

TEST(HostTest, AKilledProcessLeavesNothingBehind) {
  std::string problem = in_child([]() -> std::string {
    const pid_t server = ::fork();
    if (server == 0) {
      auto host = DataplaneHost::start({});
      ::pause();
      ::_exit(0);
    }
    // Its address is the last thing that it gets.
    const auto is_ready = [] {
      return run("ip addr show penstock0 2> /dev/null | grep -q 198.18");
    };
    for (int i = 0; i < 300 && !is_ready(); ++i) {
      sleep_for(10 * kMillisecond);
    }
    const bool has_appeared = is_ready();
    sleep_for(50 * kMillisecond);
    ::kill(server, SIGKILL);
    ::waitpid(server, nullptr, 0);
    if (!has_appeared) {
      return "the TAP device never appeared";
    }
    if (::if_nametoindex("penstock0") != 0) {
      return "the TAP device survived";
    }
    const auto folder = "/var/run/dpdk/penstock-" + std::to_string(server);
    return std::filesystem::exists(folder) ? folder + " survived" : "";
  });
  EXPECT_EQ(problem, "");
}

}  // namespace
}  // namespace penstock
