// Internal header (includes rte_*). Every ring between the control thread and the workers, and
// between workers. All are single-producer single-consumer and sized by configuration; who is full
// is told so at once. Made before the workers start, destroyed after they have returned.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/api/command.h"
#include "dataplane/api/event.h"
#include "dataplane/dpdk/doorbell.h"
#include "dataplane/dpdk/ring.h"
#include "dataplane/dpdk/ring_sizes.h"
#include "dataplane/worker/platform.h"

struct rte_mbuf;

namespace penstock {

// Between the control thread and one worker.
struct ControlRings {
  explicit ControlRings(const RingSizes& sizes)
      : commands(sizes.commands),
        outgoing(sizes.outgoing),
        events(sizes.events),
        punted(sizes.punted) {}

  SpscRing<Command> commands;           // control -> worker
  SpscRing<OutgoingDatagram> outgoing;  // control -> worker
  SpscRing<Event> events;               // worker -> control
  SpscRing<PuntedDatagram> punted;      // worker -> control
};

// From one worker to one other.
struct WorkerPairRings {
  explicit WorkerPairRings(const RingSizes& sizes)
      : handovers(sizes.handovers), relay(sizes.relay) {}

  SpscRing<Handover<rte_mbuf>> handovers;
  SpscRing<rte_mbuf*> relay;  // finished frames, when only the other has a transmit queue
};

class WorkerRings {
 public:
  WorkerRings(std::size_t worker_count, const RingSizes& sizes)
      : worker_count_(worker_count), announcements_(sizes.announcements) {
    for (std::size_t i = 0; i < worker_count; ++i) {
      control_.push_back(std::make_unique<ControlRings>(sizes));
    }
    for (std::size_t i = 0; i < worker_count * worker_count; ++i) {
      const bool is_pair = i / worker_count != i % worker_count;
      pairs_.push_back(is_pair ? std::make_unique<WorkerPairRings>(sizes) : nullptr);
    }
  }

  std::size_t worker_count() const { return worker_count_; }
  ControlRings& control(std::size_t worker) { return *control_[worker]; }
  // Finished frames, control -> worker 0 (link_announcer.h).
  SpscRing<rte_mbuf*>& announcements() { return announcements_; }
  // For a port whose workers block: each gets a bell, to be rung after something was put into a
  // ring of its. Before the workers start. Error: text with remedy.
  std::expected<void, std::string> make_bells();
  // Null: it does not block, and looks by itself.
  Doorbell* bell(std::size_t worker) { return bells_.empty() ? nullptr : bells_[worker].get(); }
  // Null from a worker to itself.
  WorkerPairRings* pair(std::size_t from, std::size_t to) {
    return pairs_[from * worker_count_ + to].get();
  }

 private:
  std::size_t worker_count_;
  SpscRing<rte_mbuf*> announcements_;
  std::vector<std::unique_ptr<Doorbell>> bells_;
  std::vector<std::unique_ptr<ControlRings>> control_;
  std::vector<std::unique_ptr<WorkerPairRings>> pairs_;
};

inline std::expected<void, std::string> WorkerRings::make_bells() {
  for (std::size_t i = 0; i < worker_count_; ++i) {
    auto bell = Doorbell::create();
    if (!bell) return std::unexpected(bell.error());
    bells_.push_back(std::move(*bell));
  }
  return {};
}

}  // namespace penstock
