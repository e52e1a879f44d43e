#include "dataplane/dpdk/worker_group.h"

#include "dataplane/dpdk/dataplane_runtime.h"
#include "dataplane/dpdk/dpdk_worker.h"
#include "dataplane/dpdk/socket_worker.h"

namespace penstock {
namespace {

// A worker on whatever platform it was made. Only starting it goes through here: its loop knows its
// type.
class GroupedWorker {
 public:
  virtual ~GroupedWorker() = default;
  // On the thread of the worker with this index.
  virtual std::expected<void, std::string> launch(WorkerThreads& threads, WorkerIndex index) = 0;
};

struct PortWorker final : GroupedWorker {
  PortWorker(DpdkPlatform& platform, const WorkerContext& context) : worker(platform, context) {}

  std::expected<void, std::string> launch(WorkerThreads& threads, WorkerIndex index) override {
    return threads.launch(index, worker);
  }

  DpdkWorker worker;
};

class SocketWorker final : public GroupedWorker {
 public:
  SocketWorker(const DpdkPlatform& base, SocketPort& port, WorkerRings& rings,
               const WorkerContext& context)
      : platform_(base, port, rings, context.index), worker_(platform_, context) {}

  std::expected<void, std::string> launch(WorkerThreads& threads, WorkerIndex index) override {
    return threads.launch(index, *this);
  }

  // For the worker's loop.
  std::size_t run_once(Timestamp now) { return worker_.run_once(now); }
  bool has_transports() const { return worker_.has_transports(); }
  void wait(Duration longest) { platform_.wait(longest); }

 private:
  SocketPlatform platform_;
  Worker<SocketPlatform> worker_;
};

std::unique_ptr<GroupedWorker> make_worker(DataplaneRuntime& runtime,
                                           const WorkerContext& context) {
  if (SocketPort* port = runtime.socket_port(); port != nullptr)
    return std::make_unique<SocketWorker>(runtime.platform(context.index), *port, runtime.rings(),
                                          context);
  return std::make_unique<PortWorker>(runtime.platform(context.index), context);
}

}  // namespace

struct WorkerGroup::Workers {
  explicit Workers(std::size_t count) : stats(count) {}

  GatewayMacs gateway_macs;
  FlowSources flow_sources;
  std::vector<WorkerStats> stats;
  std::vector<std::unique_ptr<GroupedWorker>> workers;
};

std::expected<std::unique_ptr<WorkerGroup>, std::string> WorkerGroup::start(
    DataplaneHost& host, const Pools& pools, const WorkerGroupConfig& config) {
  DataplaneRuntime& runtime = host.runtime();
  auto workers = std::make_unique<Workers>(runtime.worker_count());
  Prng prng(config.seed);
  for (std::size_t i = 0; i < runtime.worker_count(); ++i) {
    WorkerContext context;
    context.index = static_cast<WorkerIndex>(i);
    context.worker_count = static_cast<WorkerIndex>(runtime.worker_count());
    context.udp_port_base = config.udp_port_base;
    context.addresses = host.addresses();
    context.mtu = host.mtu();
    context.media_checksum = config.media_checksum;
    context.marks_dscp = config.marks_dscp;
    context.pacing_percent = config.pacing_percent;
    context.start_bps = static_cast<double>(config.start_bps);
    context.consent_timeout = config.consent_timeout;
    context.transports_max = config.transports_max;
    context.seed = prng.next_u64();
    context.wall_clock = config.wall_clock;
    context.pools = &pools;
    context.gateway_macs = &workers->gateway_macs;
    context.flow_sources = &workers->flow_sources;
    context.stats = &workers->stats[i];
    if (i < config.recordings.size()) context.recordings = config.recordings[i];
    workers->workers.push_back(make_worker(runtime, context));
  }
  std::unique_ptr<WorkerGroup> group(new WorkerGroup(std::move(workers)));
  for (std::size_t i = 0; i < runtime.worker_count(); ++i) {
    auto launched =
        group->workers_->workers[i]->launch(runtime.threads(), static_cast<WorkerIndex>(i));
    if (!launched) {
      host.stop();
      return std::unexpected(launched.error());
    }
  }
  return group;
}

WorkerGroup::WorkerGroup(std::unique_ptr<Workers> workers) : workers_(std::move(workers)) {}
WorkerGroup::~WorkerGroup() = default;

std::size_t WorkerGroup::size() const { return workers_->workers.size(); }
const WorkerStats& WorkerGroup::stats(WorkerIndex worker) const { return workers_->stats[worker]; }

}  // namespace penstock
