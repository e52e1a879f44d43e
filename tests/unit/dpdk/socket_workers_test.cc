// The real workers over sockets, with the registry behind them, and a host that sends to them.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "dataplane/dpdk/dataplane_host.h"
#include "dataplane/dpdk/kernel_address.h"
#include "dataplane/dpdk/udp_socket.h"
#include "dataplane/dpdk/worker_group.h"
#include "dataplane/dpdk/worker_loop.h"
#include "dataplane/registry/registry.h"
#include "tests/unit/dpdk/in_child.h"

namespace penstock {
namespace {

constexpr std::uint16_t kPort = 40'000;
const IpAddress kHost = IpAddress::from_v4({127, 0, 0, 1});

// Sends to worker 1 what is no DTLS, in one frame and in more than one. Returns what is wrong.
std::string send_to_the_second_worker(const WorkerGroup& workers) {
  const auto peer = UdpSocket::open({.address = kHost, .send_buffer_bytes = kSocketBufferBytesMin});
  if (!peer) return peer.error();
  KernelAddress to;
  to_kernel({kHost, kPort + 1}, AF_INET6, to);
  for (const std::size_t bytes : {100U, 3'000U}) {
    const std::vector<std::uint8_t> payload(bytes, 0x80);  // looks like RTP
    ::sendto(peer->fd(), payload.data(), bytes, 0, &to.generic, sizeof(to.v6));
  }
  const auto drops = [&](DropReason reason) {
    return workers.stats(1).drops[static_cast<std::size_t>(reason)].get();
  };
  const Timestamp deadline = monotonic_now() + 20 * kSecond;
  while (workers.stats(1).frames_received.get() < 2 && monotonic_now() < deadline) {
    sleep_for(kMillisecond);
  }
  if (drops(DropReason::kFlowUnknown) != 1) return "the small datagram came to nobody";
  if (drops(DropReason::kFragmentNotDtls) != 1) return "the large datagram came to nobody";
  return workers.stats(0).frames_received.get() == 0 ? "" : "it came to the other worker";
}

TEST(SocketWorkersTest, EachDatagramComesToTheWorkerThatHasThePortHoweverLargeItIs) {
  EXPECT_EQ(
      in_child([]() -> std::string {
        if (!run("ip link set lo up")) return "no loopback";
        auto host = DataplaneHost::start(
            {.worker_count = 2, .port = {.driver = PortDriver::kSockets, .udp_port_base = kPort}});
        if (!host) return host.error();
        if ((*host)->local_addresses().front() != kHost) return "another address";
        const PoolSizes sizes{.transports = 16, .streams = 16, .subscriptions = 16};
        Registry registry((*host)->link(), sizes, 1);
        auto workers = WorkerGroup::start(
            **host, registry.pools(),
            {.udp_port_base = kPort, .transports_max = sizes.transports, .wall_clock = {}});
        if (!workers) return workers.error();
        std::string problem = send_to_the_second_worker(**workers);
        (*host)->stop_workers();
        workers->reset();
        (*host)->close_port();
        const DataplaneHostStats stats = (*host)->stats();
        if (stats.pool_packets_free != stats.pool_packets) problem += ", a packet is missing";
        if (stats.port.received_packets != 2) problem += ", the port counts another number";
        (*host)->stop();
        return problem;
      }),
      "");
}

}  // namespace
}  // namespace penstock
