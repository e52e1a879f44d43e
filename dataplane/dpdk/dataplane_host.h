// The data plane's host process in one object: EAL, the port, the packet pool, the rings and the
// worker threads. main() starts it, gives its WorkerLink to the registry and its doorbell to the
// event loop, starts a WorkerGroup on it, and stops it before the registry goes.
// Control thread only. No rte_* here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/api/worker_link.h"
#include "dataplane/dpdk/doorbell.h"
#include "dataplane/dpdk/polling_config.h"
#include "dataplane/dpdk/port.h"
#include "dataplane/dpdk/ring_sizes.h"
#include "dataplane/dpdk/tap_host_address.h"
#include "dataplane/net/interface_address.h"

namespace penstock {

class DataplaneRuntime;

struct DataplaneHostConfig {
  std::size_t worker_count = 1;
  std::vector<int> worker_cpus{};  // empty: chosen
  bool uses_hugepages = false;
  bool is_debugging = false;                 // DPDK's logs to stderr
  std::vector<std::string> eal_arguments{};  // behind our own
  std::vector<std::string> vdevs{};  // DPDK devices beside the port (PortDriver::kVdev; tests)
  PortConfig port{};                 // worker_count is filled in
  TapHostAddress tap_host{};         // the host's side; PortDriver::kTap only
  InterfaceAddresses addresses{};    // ours; mac is filled in from the port
  RingSizes rings{};
  PollingConfig polling{};
  std::size_t worker_packets = 512;  // what a worker holds within one iteration, bursts included
};

struct DataplaneHostStats {
  PortStats port;
  bool is_link_up = false;  // of a closed port: no
  std::size_t pool_packets = 0;
  std::size_t pool_packets_free = 0;
  std::size_t pool_packet_bytes = 0;
  std::size_t pool_packets_held_max = 0;  // by those who are named in the pool's sum
  // Of a closed port: what its driver may have kept (AF_XDP).
  std::size_t packets_kept_max = 0;
};

// What a worker's thread has done since start.
struct WorkerActivity {
  Timestamp last_iteration_at = 0;  // when the last iteration of its loop began; 0: none yet
  std::uint64_t iterations = 0;
  std::uint64_t busy_iterations = 0;
  std::uint64_t sleeps = 0;
  Duration busy = 0;  // that iterations with work took, by the clock
};

class DataplaneHost {
 public:
  // Everything but the worker threads. Error: text with remedy; nothing is left behind.
  static std::expected<std::unique_ptr<DataplaneHost>, std::string> start(
      const DataplaneHostConfig& config);
  // stop()s. Afterwards no device, file or thread of ours is left; EAL cannot be started again in
  // this process.
  ~DataplaneHost();
  DataplaneHost(const DataplaneHost&) = delete;
  DataplaneHost& operator=(const DataplaneHost&) = delete;

  WorkerLink& link();
  // Readable when a worker has something for the control thread.
  Doorbell& doorbell();
  // Ours, with the port's MAC.
  const InterfaceAddresses& addresses() const;
  // What clients can be offered, IPv4 first: those, or the host's own where the port is sockets.
  // While it is open.
  std::vector<IpAddress> local_addresses() const;
  // Of the port's IP packets, while it is open.
  std::uint16_t mtu() const;
  // To be called between other work, on the control thread: watches the port's link, and has our
  // addresses announced again when it comes up. Returns when it is due next.
  Timestamp work(Timestamp now);
  DataplaneHostStats stats() const;
  WorkerActivity activity(WorkerIndex worker) const;
  // The packet pool's sum.
  const std::vector<PacketPoolTerm>& packet_terms() const;
  // Of the port's device; -1: none in particular.
  int numa_node() const;
  // Memory that start() will give DPDK, packets included.
  static std::size_t memory_bytes(const DataplaneHostConfig& config);
  // What was started, line by line.
  const std::vector<std::string>& summary() const;

  // The parts that workers are made on (internal header dataplane_runtime.h).
  DataplaneRuntime& runtime();

  // Joins the workers; what they were made of may go now (worker_group.h). Idempotent.
  void stop_workers();

  // When the workers have stopped and are gone: empties the rings and closes the port. Then every
  // packet is back in the pool, and stats() says so. Idempotent.
  void close_port();

  // stop_workers(), close_port(), then gives the device and all memory back; idempotent.
  void stop();

 private:
  explicit DataplaneHost(std::unique_ptr<DataplaneRuntime> runtime);

  std::unique_ptr<DataplaneRuntime> runtime_;
};

}  // namespace penstock
