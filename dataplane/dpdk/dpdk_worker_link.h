// Internal header (includes rte_*). The WorkerLink of the server: the control thread's ends of the
// rings and of QSBR. Used on the control thread only.
#pragma once

#include "dataplane/api/worker_link.h"
#include "dataplane/dpdk/qsbr.h"
#include "dataplane/dpdk/worker_rings.h"

namespace penstock {

class DpdkWorkerLink final : public WorkerLink {
 public:
  // Both must outlive the link.
  DpdkWorkerLink(WorkerRings& rings, Qsbr& qsbr) : rings_(rings), qsbr_(qsbr) {}

  std::size_t worker_count() const override;
  bool send_command(WorkerIndex worker, const Command& command) override;
  bool send_datagram(WorkerIndex worker, const OutgoingDatagram& datagram) override;
  bool receive_event(WorkerIndex worker, Event& event) override;
  bool receive_punted(WorkerIndex worker, PuntedDatagram& datagram) override;
  GraceToken start_grace_period() override;
  bool grace_period_ended(GraceToken token) override;

 private:
  // Wakes the worker if it blocks and there is something for it. Returns whether there is.
  bool woken(WorkerIndex worker, bool is_pushed);

  WorkerRings& rings_;
  Qsbr& qsbr_;
};

}  // namespace penstock
