#include "tests/sim/sim_network.h"

namespace penstock::sim {

void SimNetwork::send(FrameInFlight frame, LinkModel& link, Timestamp now) {
  const bridge::LinkVerdict verdict = link.offer(frame.frame.size(), now, prng_);
  for (const Timestamp at : {verdict.at, verdict.copy_at}) {
    if (at == kNever) continue;
    frame.at = at;
    frames_.put(frame, at);
  }
}

}  // namespace penstock::sim
