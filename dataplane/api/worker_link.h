// The rings and the grace periods between the control thread and the workers, as the control thread
// sees them. The server has rte_ring and rte_rcu_qsbr behind it, the simulator deques and a
// counter. Called on the control thread only; nothing here blocks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/api/command.h"
#include "dataplane/api/event.h"

namespace penstock {

class WorkerLink {
 public:
  using GraceToken = std::uint64_t;
  virtual ~WorkerLink() = default;

  virtual std::size_t worker_count() const = 0;

  // False when that worker's ring is full; the caller keeps what it wanted to send.
  virtual bool send_command(WorkerIndex worker, const Command& command) = 0;
  virtual bool send_datagram(WorkerIndex worker, const OutgoingDatagram& datagram) = 0;

  // False when there is none.
  virtual bool receive_event(WorkerIndex worker, Event& event) = 0;
  virtual bool receive_punted(WorkerIndex worker, PuntedDatagram& datagram) = 0;

  // Starts a grace period: it has ended once every online worker has reported a quiescent state
  // after this call. Tokens end in the order in which they were started.
  virtual GraceToken start_grace_period() = 0;
  virtual bool grace_period_ended(GraceToken token) = 0;
};

}  // namespace penstock
