#include "dataplane/dpdk/dpdk_worker_link.h"

namespace penstock {

std::size_t DpdkWorkerLink::worker_count() const { return rings_.worker_count(); }

bool DpdkWorkerLink::send_command(WorkerIndex worker, const Command& command) {
  return woken(worker, rings_.control(worker).commands.push(command));
}

bool DpdkWorkerLink::send_datagram(WorkerIndex worker, const OutgoingDatagram& datagram) {
  return woken(worker, rings_.control(worker).outgoing.push(datagram));
}

bool DpdkWorkerLink::woken(WorkerIndex worker, bool is_pushed) {
  if (Doorbell* bell = rings_.bell(worker); bell != nullptr && is_pushed) bell->ring_if_asleep();
  return is_pushed;
}

bool DpdkWorkerLink::receive_event(WorkerIndex worker, Event& event) {
  return rings_.control(worker).events.pop(event);
}

bool DpdkWorkerLink::receive_punted(WorkerIndex worker, PuntedDatagram& datagram) {
  return rings_.control(worker).punted.pop(datagram);
}

WorkerLink::GraceToken DpdkWorkerLink::start_grace_period() { return qsbr_.start(); }

bool DpdkWorkerLink::grace_period_ended(GraceToken token) { return qsbr_.has_ended(token); }

}  // namespace penstock
