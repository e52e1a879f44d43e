#include "bench/bridge/direction.h"

#include <algorithm>

namespace penstock::bridge {

void Direction::add_rules(std::vector<LinkChange> changes, Timestamp now) {
  for (LinkChange& change : changes) {
    change.at += now;
    changes_.push_back(std::move(change));
  }
  link_.set_steps(steps_of(changes_));
}

void Direction::take_in(std::span<const std::uint8_t> frame, Timestamp now) {
  ++counters_.frames;
  counters_.bytes += frame.size();
  const LinkVerdict verdict =
      filter_.matches(frame) ? link_.offer(frame.size(), now, prng_) : LinkVerdict{.at = now};
  for (const Timestamp at : {verdict.at, verdict.copy_at}) {
    if (at != kNever) under_way_.put({at, {frame.begin(), frame.end()}}, at);
  }
}

bool Direction::next_frame(Timestamp now, std::vector<std::uint8_t>& frame) {
  Frame next;
  if (!under_way_.take(now, next)) return false;
  counters_.late_max = std::max(counters_.late_max, now - next.at);
  frame = std::move(next.bytes);
  return true;
}

void Direction::note_sent(std::size_t bytes, bool is_sent) {
  if (!is_sent) {
    ++counters_.not_sent;
    return;
  }
  ++counters_.sent;
  counters_.sent_bytes += bytes;
}

}  // namespace penstock::bridge
