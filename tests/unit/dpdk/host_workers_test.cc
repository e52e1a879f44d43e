// The real workers on a TAP device, with the registry behind them: what the server is without its
// signalling.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "dataplane/dpdk/dataplane_host.h"
#include "dataplane/dpdk/worker_group.h"
#include "dataplane/dpdk/worker_loop.h"
#include "dataplane/registry/registry.h"
#include "tests/unit/dpdk/in_child.h"

namespace penstock {
namespace {

constexpr std::size_t kWorkers = 2;

InterfaceAddresses our_addresses() {
  InterfaceAddresses addresses;
  addresses.ipv4 = {
      .address = IpAddress::from_v4({198, 18, 0, 2}), .gateway = {}, .prefix_bits = 24};
  addresses.ipv6 = {
      .address = parse_ip_address("fd00:198:18::2").value(), .gateway = {}, .prefix_bits = 64};
  return addresses;
}

struct Server {
  static std::expected<std::unique_ptr<Server>, std::string> start() {
    auto server = std::make_unique<Server>();
    auto host = DataplaneHost::start({.worker_count = kWorkers, .addresses = our_addresses()});
    if (!host) {
      return std::unexpected(host.error());
    }
    server->host = std::move(*host);
    const PoolSizes sizes{.transports = 16, .streams = 16, .subscriptions = 16};
    server->registry = std::make_unique<Registry>(server->host->link(), sizes, 1);
    auto workers = WorkerGroup::start(
        *server->host, server->registry->pools(),
        {.udp_port_base = 40'000, .transports_max = sizes.transports, .wall_clock = {}});
    if (!workers) {
      return std::unexpected(workers.error());
    }
    server->workers = std::move(*workers);
    return server;
  }
  ~Server() {
    if (host != nullptr) {
      host->stop_workers();
      workers.reset();
      host->stop();
    }
  }

  std::unique_ptr<Registry> registry;
  std::unique_ptr<DataplaneHost> host;
  std::unique_ptr<WorkerGroup> workers;
};

Duration cpu_time() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * kSecond +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * kMicrosecond;
}

TEST(HostWorkersTest, TheHostCanPingUsOverBothFamilies) {
  EXPECT_EQ(in_child([]() -> std::string {
              auto server = Server::start();
              if (!server) {
                return server.error();
              }
              if (!run("ping -c 3 -i 0.1 -W 2 198.18.0.2 > /dev/null")) {
                return "no answer to ping over IPv4";
              }
              if (!run("ping -6 -c 3 -i 0.1 -W 2 fd00:198:18::2 > /dev/null")) {
                return "no answer to ping over IPv6";
              }
              return "";
            }),
            "");
}

TEST(HostWorkersTest, NoPacketIsLostAndStoppingDoesNotHang) {
  EXPECT_EQ(in_child([]() -> std::string {
              auto server = Server::start();
              if (!server) {
                return server.error();
              }
              sleep_for(50 * kMillisecond);  // what a new link is told first
              const std::size_t free_before = (*server)->host->stats().pool_packets_free;
              if (!run("ping -q -c 500 -i 0.001 -W 2 198.18.0.2 > /dev/null")) {
                return "no answer to 500 pings";
              }
              sleep_for(50 * kMillisecond);
              const DataplaneHostStats stats = (*server)->host->stats();
              if (stats.pool_packets_free < free_before) {
                return std::to_string(free_before - stats.pool_packets_free) + " packets are held";
              }
              // Answers are rate-limited, requests are not.
              if (stats.port.received_packets < 500) {
                return "only " + std::to_string(stats.port.received_packets) + " received";
              }
              const Timestamp start = monotonic_now();
              server->reset();
              return monotonic_now() - start < 20 * kSecond ? "" : "stopping took too long";
            }),
            "");
}

TEST(HostWorkersTest, AnIdleServerSleeps) {
  const std::string problem = in_child([]() -> std::string {
    auto server = Server::start();
    if (!server) {
      return server.error();
    }
    sleep_for(500 * kMillisecond);
    const Duration cpu_before = cpu_time();
    const Timestamp start = monotonic_now();
    while (monotonic_now() - start < 2 * kSecond) {
      sleep_for(100 * kMillisecond);
    }
    const double percent = 100.0 * static_cast<double>(cpu_time() - cpu_before) /
                           static_cast<double>(monotonic_now() - start);
    std::fprintf(stderr, "idle: %.1f %% of a CPU\n", percent);
    return percent < 20 ? "" : "idle workers took " + std::to_string(percent) + " % of a CPU";
  });
  EXPECT_EQ(problem, "");
}

}  // namespace
}  // namespace penstock
