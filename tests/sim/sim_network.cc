#include "tests/sim/sim_network.h"

namespace penstock::sim {

void SimNetwork::send(FrameInFlight frame, const LinkConditions& conditions, LinkCounters& counters,
                      Timestamp now) {
  ++counters.offered;
  if (conditions.is_cut || prng_.chance(conditions.loss_per_million, 1'000'000)) {
    ++counters.lost;
    return;
  }
  const bool is_doubled = prng_.chance(conditions.duplicate_per_million, 1'000'000);
  const auto arrival = [&] {
    return now + conditions.delay +
           static_cast<Duration>(prng_.below(static_cast<std::uint64_t>(conditions.jitter) + 1));
  };
  if (is_doubled) {
    ++counters.duplicated;
    FrameInFlight copy = frame;
    copy.at = arrival();
    copy.sequence = sequence_++;
    frames_.push(std::move(copy));
  }
  frame.at = arrival();
  frame.sequence = sequence_++;
  frames_.push(std::move(frame));
}

Timestamp SimNetwork::next_arrival() const { return frames_.empty() ? kNever : frames_.top().at; }

bool SimNetwork::take(Timestamp now, FrameInFlight& frame) {
  if (frames_.empty() || frames_.top().at > now) return false;
  frame = frames_.top();
  frames_.pop();
  return true;
}

}  // namespace penstock::sim
