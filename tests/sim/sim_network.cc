#include "tests/sim/sim_network.h"

namespace penstock::sim {

bridge::LinkVerdict SimNetwork::send(FrameInFlight frame, LinkModel& link, Timestamp now) {
  const bridge::LinkVerdict verdict = link.offer(frame.frame.size(), now, prng_);
  for (const Timestamp at : {verdict.at, verdict.copy_at}) {
    if (at == kNever) continue;
    frame.at = grain_ == 0 ? at : (at + grain_ - 1) / grain_ * grain_;
    frames_.put(frame, frame.at);
  }
  return verdict;
}

}  // namespace penstock::sim
