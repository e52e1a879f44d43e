#include "bench/inprocess/in_process_dataplane.h"

#include <pthread.h>
#include <rte_cycles.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "bench/inprocess/in_process_platform.h"
#include "dataplane/dpdk/dataplane_host.h"
#include "dataplane/dpdk/dataplane_runtime.h"
#include "dataplane/dpdk/numa_memory.h"
#include "dataplane/worker/worker.h"

namespace penstock::bench {
namespace {

constexpr std::uint16_t kPortBase = 50'000;
// Each iteration takes some of the commands; the longest list that callers make takes far fewer.
constexpr std::uint64_t kIterationsToSettle = 1'000;
constexpr std::size_t kUnsettledMax = 2'000;  // commands

InterfaceAddresses server_addresses() {
  InterfaceAddresses addresses;
  addresses.ipv4 = {
      .address = IpAddress::from_v4({198, 18, 0, 2}), .gateway = {}, .prefix_bits = 15};
  return addresses;
}

// Transmitted packets that are not free yet.
std::size_t queued_max(const InProcessConfig& config) {
  return config.link.gbps == 0 ? config.transmit_queue : config.link.transmit_ring;
}

Duration duration_of(std::uint64_t ticks) {
  return static_cast<Duration>(static_cast<double>(ticks) * 1e9 /
                               static_cast<double>(rte_get_tsc_hz()));
}

// Nobody listens to the data plane's events here.
class NoEvents final : public DataplaneEvents {
 public:
  void on_datagram(WorkerIndex, const Path&, TransportHandle,
                   std::span<const std::uint8_t>) override {}
  void on_path_selected(TransportHandle, const Path&) override {}
  void on_consent_expired(TransportHandle) override {}
  void on_media(StreamHandle, bool) override {}
  void on_talking(StreamHandle, bool, float) override {}
};

// A worker whose thread can be looked at from outside.
struct ObservedWorker {
  ObservedWorker(const DpdkPlatform& server, DataplaneHost& host, const WorkerContext& context,
                 const InProcessConfig& config)
      : source(host.runtime().packets(),
               {.seed = context.seed, .lost_per_million = config.lost_per_million}),
        link(config.link.gbps == 0 ? nullptr : std::make_unique<VirtualLink>(config.link)),
        platform(server, source, config.transmit_queue, link.get()),
        worker(platform, context),
        buffer_bytes(host.stats().pool_packet_bytes) {
    if (link) source.set_receive_ring(config.link.receive_ring);
  }

  bool has_transports() const { return worker.has_transports(); }
  std::size_t run_once(Timestamp now) {
    if (!is_started.load(std::memory_order_relaxed)) {
      thread = ::pthread_self();
      thread_id = ::gettid();
      is_started.store(true, std::memory_order_release);
    }
    standstills.begin_iteration(now);
    if (link) return run_virtually();
    source.set_now(now);
    return worker.run_once(now);
  }

  std::size_t run_virtually() {
    const bool is_running = link->is_running();
    source.set_now(link->now());
    const std::uint64_t begun = __rdtsc() - platform.stages().ticks(Stage::kOutside);
    const std::size_t work = worker.run_once(link->now());
    const std::uint64_t ticks = __rdtsc() - platform.stages().ticks(Stage::kOutside) - begun;
    if (!is_running) return work;
    note_waiting();
    // What took longer was not all ours.
    if (work != 0 && ticks < 10 * StageClock::kStepTicksMax) busy_ticks.add(ticks);
    link->end_iteration(work != 0, source.next_arrival());
    return work;
  }

  void note_waiting() {
    const WaitingMemory now{.media = worker.waiting(),
                            .received = source.waiting_packets(),
                            .transmitted = link->held(),
                            .buffer_bytes = buffer_bytes};
    if (now.bytes() > most_waiting.bytes()) most_waiting = now;
  }

  TrafficSource source;
  std::unique_ptr<VirtualLink> link;  // or null
  InProcessPlatform platform;
  Worker<InProcessPlatform> worker;
  StandstillLog standstills;
  Counter busy_ticks;
  const std::size_t buffer_bytes;
  WaitingMemory most_waiting;  // of virtual time
  pthread_t thread{};
  pid_t thread_id = 0;
  std::atomic<bool> is_started = false;  // release: thread and thread_id are there
};

}  // namespace

struct InProcessDataplane::Parts {
  WorkerContext context(WorkerIndex index, const InProcessConfig& config);
  std::expected<void, std::string> launch(const InProcessConfig& config);

  std::unique_ptr<Registry> registry;
  std::unique_ptr<DataplaneHost> host;
  GatewayMacs gateway_macs;
  FlowSources flow_sources;
  std::vector<std::unique_ptr<WorkerStats>> stats;
  std::vector<std::unique_ptr<ObservedWorker>> workers;
  NoEvents events;
  std::size_t unsettled = 0;  // commands
  Duration consent_timeout = 0;
  bool is_running = false;
};

WorkerContext InProcessDataplane::Parts::context(WorkerIndex index, const InProcessConfig& config) {
  WorkerContext context;
  context.index = index;
  context.worker_count = static_cast<WorkerIndex>(config.workers);
  context.udp_port_base = kPortBase;
  context.addresses = host->addresses();
  context.consent_timeout = config.consent_timeout;
  context.transports_max = config.pools.transports;
  context.seed = config.seed + index;
  context.pools = &registry->pools();
  context.gateway_macs = &gateway_macs;
  context.flow_sources = &flow_sources;
  context.stats = stats[index].get();
  return context;
}

std::expected<void, std::string> InProcessDataplane::Parts::launch(const InProcessConfig& config) {
  DataplaneRuntime& runtime = host->runtime();
  for (WorkerIndex i = 0; i < config.workers; ++i) {
    stats.push_back(std::make_unique<WorkerStats>());
    workers.push_back(
        std::make_unique<ObservedWorker>(runtime.platform(i), *host, context(i, config), config));
    auto launched = runtime.threads().launch(i, *workers.back());
    if (!launched) return launched;
  }
  is_running = true;
  for (const auto& worker : workers) {
    while (!worker->is_started.load(std::memory_order_acquire)) {
      sleep_for(InProcessDataplane::kPollInterval);
    }
  }
  return {};
}

std::expected<std::unique_ptr<InProcessDataplane>, std::string> InProcessDataplane::start(
    const InProcessConfig& config) {
  auto parts = std::make_unique<Parts>();
  // A port is part of the host; nothing goes through it.
  auto host = DataplaneHost::start({.worker_count = config.workers,
                                    .vdevs = {"net_ring0"},
                                    .port = {.driver = PortDriver::kVdev, .device = "net_ring0"},
                                    .addresses = server_addresses(),
                                    .polling = config.polling,
                                    .worker_packets = 4'096 + queued_max(config)});
  if (!host) return std::unexpected(host.error());
  parts->host = std::move(*host);
  PoolSizes sizes = config.pools;
  sizes.slot_bytes = config.history_packets * Slot::kFullBytes;
  sizes.keeps_packets = config.history_packets != 0;
  parts->registry =
      std::make_unique<Registry>(parts->host->link(), sizes, config.seed, config.srtp_backend,
                                 numa_pool_memory(parts->host->numa_node()));
  parts->consent_timeout = config.consent_timeout;
  auto launched = parts->launch(config);
  std::unique_ptr<InProcessDataplane> dataplane(new InProcessDataplane(std::move(parts)));
  if (!launched) return std::unexpected(launched.error());
  return dataplane;
}

InProcessDataplane::InProcessDataplane(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

InProcessDataplane::~InProcessDataplane() {
  stop();
  parts_->workers.clear();  // their packets go back before the pool goes
  parts_->host->stop();
}

void InProcessDataplane::stop() {
  parts_->is_running = false;
  parts_->host->stop_workers();
}

Registry& InProcessDataplane::registry() { return *parts_->registry; }

std::size_t InProcessDataplane::worker_count() const { return parts_->workers.size(); }

SocketAddress InProcessDataplane::address_of(WorkerIndex worker) const {
  return {parts_->host->addresses().ipv4.address, static_cast<std::uint16_t>(kPortBase + worker)};
}

MacAddress InProcessDataplane::mac() const { return parts_->host->addresses().mac; }

void InProcessDataplane::add_publisher(WorkerIndex worker, const SyntheticPublisher& publisher) {
  ObservedWorker& observed = *parts_->workers[worker];
  if (observed.link) observed.source.skip_to(observed.link->now());
  observed.source.add_publisher(publisher);
}

void InProcessDataplane::remove_publisher(WorkerIndex worker, const SocketAddress& address) {
  parts_->workers[worker]->source.remove_publisher(address);
}

void InProcessDataplane::set_traffic(std::uint64_t packets_per_second) {
  for (const auto& worker : parts_->workers) worker->source.set_rate(packets_per_second);
}

void InProcessDataplane::set_scheduled_traffic(double speed) {
  for (const auto& worker : parts_->workers) worker->source.set_schedule(speed);
}

void InProcessDataplane::run_virtually(Duration duration) {
  VirtualLink& link = *parts_->workers.front()->link;
  link.run_until(link.now() + duration);
  while (link.is_running()) run_for(kPollInterval);
  settle();
}

void InProcessDataplane::wait_until_received() {
  while (parts_->workers.front()->source.has_waiting()) run_for(kPollInterval);
}

void InProcessDataplane::set_link_unlimited(bool is_unlimited) {
  parts_->workers.front()->link->set_unlimited(is_unlimited);
}

void InProcessDataplane::watch_deliveries(DeliveryLogConfig config) {
  parts_->workers.front()->link->watch(std::move(config));
}

const DeliveryLog& InProcessDataplane::deliveries() const {
  return parts_->workers.front()->link->log();
}

WaitingMemory InProcessDataplane::most_waiting() const {
  return parts_->workers.front()->most_waiting;
}

void InProcessDataplane::clear_most_waiting() { parts_->workers.front()->most_waiting = {}; }

void InProcessDataplane::expect_end_of_consent(TransportHandle transport) {
  VirtualLink& link = *parts_->workers.front()->link;
  link.consents().expect(transport, link.now() + parts_->consent_timeout);
}

ConsentLog::Summary InProcessDataplane::ended_consents() const {
  VirtualLink& link = *parts_->workers.front()->link;
  return link.consents().summary(link.now());
}

void InProcessDataplane::clear_consents() { parts_->workers.front()->link->consents().clear(); }

Duration InProcessDataplane::link_busy() const { return parts_->workers.front()->link->busy(); }

std::uint64_t InProcessDataplane::packets_arrived() const {
  return parts_->workers.front()->source.arrived_packets();
}

std::uint64_t InProcessDataplane::receive_overruns() const {
  return parts_->workers.front()->source.overrun_packets();
}

Duration InProcessDataplane::busy_time() const {
  return duration_of(parts_->workers.front()->busy_ticks.get());
}

void InProcessDataplane::pause() {
  for (WorkerIndex i = 0; i < worker_count(); ++i) pause(i);
}

void InProcessDataplane::pause(WorkerIndex worker) {
  parts_->host->runtime().threads().pause(worker);
}

void InProcessDataplane::resume() {
  for (WorkerIndex i = 0; i < worker_count(); ++i) parts_->host->runtime().threads().resume(i);
}

// What does not fit a worker's ring waits in the registry until that is polled again, and this
// thread may not run for as long as a worker takes to empty its ring: a ring's worth at a time.
void InProcessDataplane::settle() {
  const std::size_t rings = 1 + std::exchange(parts_->unsettled, 0) / RingSizes{}.commands;
  for (std::size_t ring = 0; ring < rings; ++ring) {
    poll();
    std::vector<std::uint64_t> targets;
    for (WorkerIndex i = 0; i < worker_count(); ++i) {
      targets.push_back(iterations(i) + kIterationsToSettle);
    }
    for (WorkerIndex i = 0; i < worker_count(); ++i) {
      while (parts_->is_running && iterations(i) < targets[i]) run_for(kPollInterval);
    }
  }
}

void InProcessDataplane::settle_sometimes(std::size_t commands) {
  parts_->unsettled += commands;
  if (parts_->unsettled > kUnsettledMax) settle();
}

void InProcessDataplane::reclaim() {
  while (parts_->is_running && parts_->registry->retired().size() != 0) run_for(kPollInterval);
}

void InProcessDataplane::poll() { parts_->registry->poll(now(), parts_->events); }

void InProcessDataplane::run_for(Duration duration, Duration poll_interval) {
  const Timestamp deadline = now() + duration;
  do {
    poll();
    sleep_for(poll_interval);
  } while (now() < deadline);
}

Timestamp InProcessDataplane::now() { return monotonic_now(); }

const WorkerStats& InProcessDataplane::stats(WorkerIndex worker) const {
  return *parts_->stats[worker];
}

std::uint64_t InProcessDataplane::iterations(WorkerIndex worker) const {
  return parts_->host->runtime().threads().counters(worker).iterations.load();
}

Duration InProcessDataplane::cpu_time(WorkerIndex worker) const {
  clockid_t clock{};
  timespec time{};
  if (::pthread_getcpuclockid(parts_->workers[worker]->thread, &clock) != 0) return 0;
  ::clock_gettime(clock, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

std::uint64_t InProcessDataplane::preemptions(WorkerIndex worker) const {
  std::ifstream status("/proc/self/task/" + std::to_string(parts_->workers[worker]->thread_id) +
                       "/status");
  const std::string key = "nonvoluntary_ctxt_switches:";
  for (std::string word; status >> word;) {
    if (word == key && status >> word) return std::stoull(word);
  }
  return 0;
}

Duration InProcessDataplane::stage_time(WorkerIndex worker, Stage stage) const {
  const StageClock& stages = parts_->workers[worker]->platform.stages();
  const std::uint64_t reports = stage == Stage::kControl ? stages.quiescent_ticks() : 0;
  return duration_of(stages.ticks(stage) + reports);
}

Duration InProcessDataplane::quiescent_time(WorkerIndex worker) const {
  return duration_of(parts_->workers[worker]->platform.stages().quiescent_ticks());
}

std::uint64_t InProcessDataplane::lost_packets(WorkerIndex worker) const {
  return parts_->workers[worker]->source.lost_packets();
}

const Histogram& InProcessDataplane::latencies(WorkerIndex worker, MediaKind kind) const {
  return parts_->workers[worker]->platform.probe().latencies(kind);
}

std::uint64_t InProcessDataplane::preempted_packets(WorkerIndex worker) const {
  return parts_->workers[worker]->platform.probe().preempted();
}

void InProcessDataplane::watch_latencies() {
  for (const auto& worker : parts_->workers) worker->platform.probe().start();
}

void InProcessDataplane::clear_latencies() {
  for (const auto& worker : parts_->workers) worker->platform.probe().clear();
}

const StandstillLog& InProcessDataplane::standstills(WorkerIndex worker) const {
  return parts_->workers[worker]->standstills;
}

std::size_t InProcessDataplane::packets_in_use() const {
  const DataplaneHostStats stats = parts_->host->stats();
  return stats.pool_packets - stats.pool_packets_free;
}

std::size_t InProcessDataplane::packets_capacity() const {
  return parts_->host->stats().pool_packets;
}

}  // namespace penstock::bench
