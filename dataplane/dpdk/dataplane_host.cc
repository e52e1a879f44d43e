#include "dataplane/dpdk/dataplane_host.h"

#include <utility>

#include "dataplane/dpdk/dataplane_runtime.h"

namespace penstock {

std::expected<std::unique_ptr<DataplaneHost>, std::string> DataplaneHost::start(
    const DataplaneHostConfig& config) {
  auto runtime = DataplaneRuntime::start(config);
  if (!runtime) {
    return std::unexpected(runtime.error());
  }
  return std::unique_ptr<DataplaneHost>(new DataplaneHost(std::move(*runtime)));
}

DataplaneHost::DataplaneHost(std::unique_ptr<DataplaneRuntime> runtime)
    : runtime_(std::move(runtime)) {}

DataplaneHost::~DataplaneHost() = default;

WorkerLink& DataplaneHost::link() { return runtime_->link(); }

Doorbell& DataplaneHost::doorbell() { return runtime_->doorbell(); }

const InterfaceAddresses& DataplaneHost::addresses() const { return runtime_->addresses(); }

std::vector<IpAddress> DataplaneHost::local_addresses() const {
  return runtime_->local_addresses();
}

std::uint16_t DataplaneHost::mtu() const { return runtime_->mtu(); }

Timestamp DataplaneHost::work(Timestamp now) { return runtime_->work(now); }

DataplaneHostStats DataplaneHost::stats() const { return runtime_->stats(); }

WorkerActivity DataplaneHost::activity(WorkerIndex worker) const {
  return runtime_->activity(worker);
}

const std::vector<PacketPoolTerm>& DataplaneHost::packet_terms() const {
  return runtime_->packet_terms();
}

int DataplaneHost::numa_node() const { return runtime_->numa_node(); }

std::size_t DataplaneHost::memory_bytes(const DataplaneHostConfig& config) {
  return DataplaneRuntime::memory_bytes(config);
}

const std::vector<std::string>& DataplaneHost::summary() const { return runtime_->summary(); }

DataplaneRuntime& DataplaneHost::runtime() { return *runtime_; }

void DataplaneHost::stop_workers() { runtime_->stop_workers(); }

void DataplaneHost::close_port() { runtime_->close_port(); }

void DataplaneHost::stop() { runtime_->stop(); }

}  // namespace penstock
