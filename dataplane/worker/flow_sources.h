// From which IP addresses each worker has validated flows, as far as a fragment needs it: only its
// first one names a port, and so the worker that the datagram belongs to. Counts by hash of the
// address, so that "no" is certain and "yes" is likely. Each worker writes its own part and reads
// all; no locked instruction. Shared by all workers; whoever makes them owns it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>

#include "dataplane/api/handles.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/base/limits.h"

namespace penstock {

class FlowSources {
 public:
  // Called by `worker` alone, once for each flow that it has.
  void add(WorkerIndex worker, const IpAddress& source) { change(worker, source, 1); }
  void remove(WorkerIndex worker, const IpAddress& source) { change(worker, source, -1); }

  // Any worker.
  bool may_have(WorkerIndex worker, const IpAddress& source) const {
    return counts_[worker][place_of(source)].load(std::memory_order_relaxed) != 0;
  }

 private:
  static constexpr std::size_t kPlaces = 1'024;

  static std::size_t place_of(const IpAddress& address) {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::memcpy(&high, &address.bytes[0], 8);
    std::memcpy(&low, &address.bytes[8], 8);
    return ((high ^ low * 0x9E3779B97F4A7C15ULL) * 0xD1B54A32D192ED03ULL >> 32) % kPlaces;
  }

  void change(WorkerIndex worker, const IpAddress& source, int by) {
    auto& count = counts_[worker][place_of(source)];
    count.store(count.load(std::memory_order_relaxed) + static_cast<std::uint32_t>(by),
                std::memory_order_relaxed);
  }

  std::array<std::array<std::atomic<std::uint32_t>, kPlaces>, kWorkersMax> counts_{};
};

}  // namespace penstock
