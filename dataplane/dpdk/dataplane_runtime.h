// Internal header (includes rte_*). What DataplaneHost owns, in the order in which it is made and,
// reversed, taken down. WorkerGroup makes one worker on each platform here and launches them.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/dpdk/dataplane_host.h"
#include "dataplane/dpdk/dpdk_platform.h"
#include "dataplane/dpdk/dpdk_worker_link.h"
#include "dataplane/dpdk/eal.h"
#include "dataplane/dpdk/link_announcer.h"
#include "dataplane/dpdk/socket_port.h"
#include "dataplane/dpdk/worker_threads.h"

namespace penstock {

class DataplaneRuntime {
 public:
  static std::expected<std::unique_ptr<DataplaneRuntime>, std::string> start(
      const DataplaneHostConfig& config);
  ~DataplaneRuntime();
  DataplaneRuntime(const DataplaneRuntime&) = delete;
  DataplaneRuntime& operator=(const DataplaneRuntime&) = delete;

  std::size_t worker_count() const { return config_.worker_count; }
  DpdkPlatform& platform(WorkerIndex worker) { return *platforms_[worker]; }
  rte_mempool* packets() { return pool_->mempool(); }
  WorkerRings& rings() { return *rings_; }
  WorkerThreads& threads() { return *threads_; }
  WorkerLink& link() { return *link_; }
  Doorbell& doorbell() { return *doorbell_; }
  const InterfaceAddresses& addresses() const { return config_.addresses; }
  // Null: the port is a device.
  SocketPort* socket_port() { return socket_port_; }
  std::vector<IpAddress> local_addresses() const;
  const std::vector<std::string>& summary() const { return summary_; }
  // While the port is open.
  std::uint16_t mtu() const { return port_->mtu(); }
  Timestamp work(Timestamp now);
  DataplaneHostStats stats() const;
  WorkerActivity activity(WorkerIndex worker) const;
  const std::vector<PacketPoolTerm>& packet_terms() const { return pool_->terms(); }
  int numa_node() const;
  static std::size_t memory_bytes(const DataplaneHostConfig& config);

  // See DataplaneHost.
  void stop_workers();
  void close_port();
  // close_port(), then ends EAL; idempotent.
  void stop();

 private:
  explicit DataplaneRuntime(const DataplaneHostConfig& config) : config_(config) {}
  std::expected<void, std::string> start_environment();
  std::expected<void, std::string> open_port();
  std::expected<void, std::string> start_port();
  std::expected<void, std::string> make_platforms();
  void release_ring_packets();
  void add_summary(const std::string& lines);

  DataplaneHostConfig config_;
  std::vector<std::string> summary_;
  std::unique_ptr<Doorbell> doorbell_;
  std::unique_ptr<Eal> eal_;
  std::unique_ptr<PacketPool> pool_;
  std::unique_ptr<DataPort> port_;
  SocketPort* socket_port_ = nullptr;  // it is port_
  std::uint16_t device_id_ = 0;        // of a port_ that is a device
  std::unique_ptr<WorkerRings> rings_;
  std::unique_ptr<Qsbr> qsbr_;
  std::unique_ptr<DpdkWorkerLink> link_;
  std::unique_ptr<LinkAnnouncer> announcer_;
  Timestamp next_work_ = 0;
  std::vector<std::unique_ptr<DpdkPlatform>> platforms_;
  std::unique_ptr<WorkerThreads> threads_;
  PortStats closed_port_stats_;
  std::size_t packets_kept_max_ = 0;
};

}  // namespace penstock
