#include "dataplane/dpdk/dataplane_runtime.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "dataplane/dpdk/start_watchdog.h"
#include "dataplane/net/mld.h"
#include "dataplane/worker/worker.h"

namespace penstock {
namespace {

// What DPDK, its drivers and the mempool's own structures take beside the packets.
constexpr std::size_t kOtherMemoryMib = 48;

std::vector<PacketPoolTerm> pool_terms(const DataplaneHostConfig& config, const PortRings& rings) {
  const std::size_t workers = config.worker_count;
  std::vector<PacketPoolTerm> terms = Port::pool_terms(config.port, rings);
  terms.push_back({"in the workers' hands", workers * config.worker_packets});
  terms.push_back({"finished, the port has no room", workers * kTransmitWaitingMax});
  terms.push_back({"handover rings", workers * (workers - 1) * config.rings.handovers});
  terms.push_back({"relay rings", (workers - rings.queue_count) * config.rings.relay});
  terms.push_back({"announcements", config.rings.announcements});
  return terms;
}

PacketPoolConfig pool_config(const DataplaneHostConfig& config, const PortRings& rings) {
  return {.terms = pool_terms(config, rings),
          .lcore_count = config.worker_count + 1,
          .kept_max = Port::kept_at_close_max(config.port, rings.queue_count),
          .in_one_piece = Port::needs_packets_in_one_piece(config.port)};
}

EalConfig eal_config(const DataplaneHostConfig& config) {
  // How many queues the device has is not known yet: the larger sum of the two extremes.
  const auto packets_mib_with = [&](std::size_t queue_count) {
    return PacketPool::memory_mib(pool_config(config, Port::rings_max(config.port, queue_count)));
  };
  const std::size_t packets_mib =
      std::max(packets_mib_with(config.worker_count), packets_mib_with(1));
  EalConfig eal{.uses_hugepages = config.uses_hugepages,
                .pci_devices = {},
                .vdevs = config.vdevs,
                .memory_mib = packets_mib + kOtherMemoryMib,
                .worker_count = config.worker_count,
                .worker_cpus = config.worker_cpus,
                .is_debugging = config.is_debugging,
                .arguments = config.eal_arguments};
  if (config.port.driver == PortDriver::kPci) {
    eal.pci_devices.push_back(config.port.device);
  }
  return eal;
}

// Whatever there is to do wakes a worker that blocks in its socket, but for its timers; and a look
// at the socket is a system call. So it blocks at once, and for long.
void wait_for_sockets(PollingConfig& polling) {
  polling.spin = 0;
  polling.sleep_min = 2 * kMillisecond;
  polling.sleep_active_max = kTimerPassInterval;
  polling.sleep_idle_max = 20 * kMillisecond;
}

std::string no_answer(const PortConfig& port) {
  return "the device of the data port, " + port.device +
         ", does not answer: its driver has waited for " +
         std::to_string(kDeviceAnswerMax / kSecond) +
         " s. A virtio NIC behind a virtual IOMMU needs iommu_platform=on from its hypervisor";
}

}  // namespace

std::expected<std::unique_ptr<DataplaneRuntime>, std::string> DataplaneRuntime::start(
    const DataplaneHostConfig& config) {
  std::unique_ptr<DataplaneRuntime> runtime(new DataplaneRuntime(config));
  runtime->config_.port.worker_count = config.worker_count;
  runtime->config_.port.is_debugging = config.is_debugging;
  if (config.port.driver == PortDriver::kSockets) wait_for_sockets(runtime->config_.polling);
  auto started = Port::check(config.port);
  if (started) {
    started = runtime->start_environment();
  }
  if (started) {
    started = runtime->start_port();
  }
  if (started) {
    started = runtime->make_platforms();
  }
  if (!started) {
    return std::unexpected(started.error());
  }
  return runtime;
}

DataplaneRuntime::~DataplaneRuntime() { stop(); }

std::expected<void, std::string> DataplaneRuntime::start_environment() {
  auto doorbell = Doorbell::create();
  if (!doorbell) {
    return std::unexpected(doorbell.error());
  }
  doorbell_ = std::move(*doorbell);
  auto eal = Eal::start(eal_config(config_));
  if (!eal) {
    return std::unexpected(eal.error());
  }
  eal_ = std::move(*eal);
  add_summary(eal_->summary());
  return {};
}

std::expected<void, std::string> DataplaneRuntime::open_port() {
  if (config_.port.driver == PortDriver::kSockets) {
    auto port = SocketPort::open(config_.port);
    if (!port) return std::unexpected(port.error());
    socket_port_ = port->get();
    port_ = std::move(*port);
  } else {
    auto port = Port::open(config_.port, eal_->probe_log());
    if (!port) return std::unexpected(port.error());
    device_id_ = (*port)->id();
    port_ = std::move(*port);
  }
  return {};
}

std::expected<void, std::string> DataplaneRuntime::start_port() {
  const StartWatchdog watchdog(no_answer(config_.port), kDeviceAnswerMax);
  if (auto opened = open_port(); !opened) {
    return opened;
  }
  PacketPoolConfig packets = pool_config(config_, port_->rings());
  packets.numa_node = port_->numa_node();
  auto pool = PacketPool::create(packets);
  if (!pool) {
    return std::unexpected(pool.error());
  }
  pool_ = std::move(*pool);
  if (auto started = port_->start(*pool_); !started) {
    return started;
  }
  config_.addresses.mac = port_->mac();
  port_->join_groups(multicast_macs(config_.addresses).span());
  add_summary(port_->summary());
  if (pool_->numa_node() != packets.numa_node) {
    add_summary("  packets are not on the port's NUMA node " + std::to_string(packets.numa_node) +
                ", which has no memory for them");
  }
  if (config_.port.driver == PortDriver::kTap) {
    const auto host = set_tap_host_address(config_.port.device, config_.tap_host, port_->mtu());
    if (!host) {
      return std::unexpected(host.error());
    }
    add_summary(*host);
  }
  return {};
}

std::expected<void, std::string> DataplaneRuntime::make_platforms() {
  rings_ = std::make_unique<WorkerRings>(worker_count(), config_.rings);
  if (socket_port_ != nullptr) {
    if (auto made = rings_->make_bells(); !made) return made;
  }
  qsbr_ = std::make_unique<Qsbr>(worker_count());
  link_ = std::make_unique<DpdkWorkerLink>(*rings_, *qsbr_);
  announcer_ = std::make_unique<LinkAnnouncer>(config_.addresses, port_->is_link_up(),
                                               pool_->mempool(), rings_->announcements());
  for (std::size_t i = 0; i < worker_count(); ++i) {
    platforms_.push_back(std::make_unique<DpdkPlatform>(
        DpdkPlatformParts{.worker = static_cast<WorkerIndex>(i),
                          .port_id = device_id_,
                          .queue_count = port_->rings().queue_count,
                          .pool = pool_->mempool(),
                          .rings = rings_.get(),
                          .qsbr = qsbr_.get(),
                          .doorbell = doorbell_.get(),
                          .finishes_checksums = port_->finishes_checksums()}));
  }
  threads_ = std::make_unique<WorkerThreads>(worker_count(), config_.polling, *qsbr_);
  return {};
}

DataplaneHostStats DataplaneRuntime::stats() const {
  if (pool_ == nullptr) {
    return {};
  }
  return {.port = port_ == nullptr ? closed_port_stats_ : port_->stats(),
          .is_link_up = port_ != nullptr && port_->is_link_up(),
          .pool_packets = pool_->capacity(),
          .pool_packets_free = pool_->available(),
          .pool_packet_bytes = pool_->packet_bytes(),
          .pool_packets_held_max = pool_->held_max(),
          .packets_kept_max = packets_kept_max_};
}

std::vector<IpAddress> DataplaneRuntime::local_addresses() const {
  if (socket_port_ != nullptr) return socket_port_->addresses();
  std::vector<IpAddress> addresses;
  for (const InterfaceNetwork& network : {config_.addresses.ipv4, config_.addresses.ipv6}) {
    if (network.is_present()) addresses.push_back(network.address);
  }
  return addresses;
}

WorkerActivity DataplaneRuntime::activity(WorkerIndex worker) const {
  if (threads_ == nullptr) {
    return {};
  }
  const WorkerLoopCounters& counters = threads_->counters(worker);
  return {.last_iteration_at = counters.last_iteration_at.load(std::memory_order_relaxed),
          .iterations = counters.iterations.load(std::memory_order_relaxed),
          .busy_iterations = counters.busy_iterations.load(std::memory_order_relaxed),
          .sleeps = counters.sleeps.load(std::memory_order_relaxed),
          .busy = counters.busy.load(std::memory_order_relaxed)};
}

Timestamp DataplaneRuntime::work(Timestamp now) {
  if (now >= next_work_ && announcer_ != nullptr) {
    announcer_->work(port_->is_link_up(), now);
    next_work_ = now + kSecond;
  }
  return announcer_ == nullptr ? kNever : next_work_;
}

int DataplaneRuntime::numa_node() const { return port_ == nullptr ? -1 : port_->numa_node(); }

std::size_t DataplaneRuntime::memory_bytes(const DataplaneHostConfig& config) {
  return eal_config(config).memory_mib * 1'024 * 1'024;
}

void DataplaneRuntime::stop_workers() {
  if (threads_ != nullptr) {
    threads_->stop();
  }
}

void DataplaneRuntime::close_port() {
  announcer_.reset();
  threads_.reset();
  platforms_.clear();
  release_ring_packets();
  if (port_ != nullptr) {
    closed_port_stats_ = port_->stats();
    packets_kept_max_ = Port::kept_at_close_max(config_.port, port_->rings().queue_count);
    socket_port_ = nullptr;
    port_.reset();
  }
}

void DataplaneRuntime::stop() {
  close_port();
  link_.reset();
  qsbr_.reset();
  rings_.reset();
  pool_.reset();
  eal_.reset();
}

void DataplaneRuntime::release_ring_packets() {
  if (rings_ == nullptr) {
    return;
  }
  for (rte_mbuf* frame = nullptr; rings_->announcements().pop(frame);) {
    rte_pktmbuf_free(frame);
  }
  for (std::size_t from = 0; from < worker_count(); ++from) {
    for (std::size_t to = 0; to < worker_count(); ++to) {
      WorkerPairRings* pair = rings_->pair(from, to);
      if (pair == nullptr) {
        continue;
      }
      for (rte_mbuf* frame = nullptr; pair->relay.pop(frame);) {
        rte_pktmbuf_free(frame);
      }
      for (Handover<rte_mbuf> handover; pair->handovers.pop(handover);) {
        rte_pktmbuf_free(handover.packet);  // null is fine
      }
    }
  }
}

void DataplaneRuntime::add_summary(const std::string& lines) {
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) {
    summary_.push_back(line);
  }
}

}  // namespace penstock
