#include "tests/client/missing_packets.h"

#include <algorithm>

namespace penstock::test {
namespace {

constexpr Duration kFirstAfter = 10 * kMillisecond;
// A longer jump is no loss.
constexpr std::uint64_t kHolesMax = 500;

}  // namespace

void MissingPackets::arrived(std::uint64_t sequence, Timestamp now) {
  holes_.erase(sequence);
  if (highest_ != 0 && sequence > highest_ && sequence - highest_ <= kHolesMax) {
    for (std::uint64_t lost = highest_ + 1; lost < sequence; ++lost) {
      holes_[lost] = {.ask_at = now + kFirstAfter, .asked = 0};
    }
  }
  highest_ = std::max(highest_, sequence);
}

std::vector<std::uint16_t> MissingPackets::take_due(Timestamp now) {
  std::vector<std::uint16_t> due;
  for (auto it = holes_.begin(); it != holes_.end();) {
    Hole& hole = it->second;
    if (now < hole.ask_at) {
      ++it;
      continue;
    }
    if (hole.asked++ == patience_.asks_max) {
      it = holes_.erase(it);
      continue;
    }
    hole.ask_at = now + patience_.interval;
    due.push_back(static_cast<std::uint16_t>(it->first));
    ++it;
  }
  return due;
}

Timestamp MissingPackets::next_at() const {
  Timestamp next = kNever;
  for (const auto& [sequence, hole] : holes_) next = std::min(next, hole.ask_at);
  return next;
}

}  // namespace penstock::test
