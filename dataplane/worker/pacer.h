// Sends what waited for its receiver's pace, when its time has come (paced_queues.h). Owned by the
// worker; its own thread only.
#pragma once

#include <cstddef>

#include "dataplane/worker/forwarder.h"
#include "dataplane/worker/paced_queues.h"

namespace penstock {

template <Platform P>
class Pacer {
 public:
  Pacer(Environment<P>& env, const Transmitter<P>& transmitter, PacedQueues& paced,
        Forwarder<P>& forwarder)
      : env_(env), transmitter_(transmitter), paced_(paced), forwarder_(forwarder) {}

  // What is due, while the port has room, and to no more receivers than audio can wait for. Returns
  // how many packets.
  std::size_t run();

  // What waits for this receiver goes now, whatever its pace; at most as much as is sent at a time.
  void release(Transport& transport);
  // The port takes nothing any more.
  void drop_waiting();

 private:
  std::size_t send_from(std::uint32_t queue, Transport& transport, std::size_t sends_max);
  void send_first(std::uint32_t queue, Transport& transport);

  Environment<P>& env_;
  const Transmitter<P>& transmitter_;
  PacedQueues& paced_;
  Forwarder<P>& forwarder_;
};

template <Platform P>
std::size_t Pacer<P>::run() {
  if (paced_.size() == 0) [[likely]]
    return 0;
  env_.enter(Stage::kProject);
  std::size_t sends = 0;
  while (sends < kVideoSendsPerIteration && !transmitter_.is_port_full()) {
    const std::uint32_t queue = paced_.take_due(env_.now);
    if (queue == PacedQueues::kNone) break;
    Transport* transport = env_.pools.transports.resolve(paced_.receiver(queue));
    if (transport == nullptr) {
      paced_.end(queue);
      continue;
    }
    sends += send_from(queue, *transport, kVideoSendsPerIteration - sends);
    if (paced_.packets(queue) == 0) {
      paced_.end(queue);
      transport->paced_queue = PacedQueues::kNone;
      // Else one that has more to send than an iteration sends would wait a tick between any two.
    } else if (sends >= kVideoSendsPerIteration) {
      paced_.put_back_first(queue);
    } else {
      paced_.put_back(queue, env_.now, transport->pace.opens_at());
    }
  }
  forwarder_.flush();
  env_.enter(Stage::kAttribute);
  return sends;
}

// As much as the pace allows now. Returns how many packets.
template <Platform P>
std::size_t Pacer<P>::send_from(std::uint32_t queue, Transport& transport, std::size_t sends_max) {
  std::size_t sends = 0;
  while (sends < sends_max && paced_.packets(queue) != 0 && transport.pace.is_open(env_.now)) {
    send_first(queue, transport);
    ++sends;
  }
  return sends;
}

template <Platform P>
void Pacer<P>::send_first(std::uint32_t queue, Transport& transport) {
  const PacedQueues::Entry entry = paced_.front(queue);
  paced_.pop(queue);
  MediaPacket packet;
  if (!entry.slot.read(env_.pools.slots, packet)) return env_.count(DropReason::kSlotReclaimed);
  transport.pace.take(env_.now, packet.slot.payload_bytes + Pace::kHeaderBytes);
  forwarder_.send(packet, entry.subscription);
}

// The queue stays in the wheel, and ends in its turn.
template <Platform P>
void Pacer<P>::release(Transport& transport) {
  const std::uint32_t queue = transport.paced_queue;
  if (queue == PacedQueues::kNone || transmitter_.is_port_full()) return;
  for (std::size_t i = 0; i < kVideoSendsPerIteration && paced_.packets(queue) != 0; ++i)
    send_first(queue, transport);
  forwarder_.flush();
}

template <Platform P>
void Pacer<P>::drop_waiting() {
  env_.count(DropReason::kTransmitQueueFull, paced_.packets());
  for (std::uint32_t queue = paced_.take(); queue != PacedQueues::kNone; queue = paced_.take()) {
    Transport* transport = env_.pools.transports.resolve(paced_.receiver(queue));
    if (transport != nullptr) transport->paced_queue = PacedQueues::kNone;
    paced_.end(queue);
  }
}

}  // namespace penstock
