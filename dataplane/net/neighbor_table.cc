#include "dataplane/net/neighbor_table.h"

#include <algorithm>

namespace penstock {

bool NeighborTable::want(const IpAddress& ip) {
  Neighbor* known = entry_of(ip);
  if (known == nullptr) {
    if (!neighbors_.push_back({.ip = ip, .mac = {}})) return false;
    known = &neighbors_[neighbors_.size() - 1];
  }
  ++known->wanted;
  return true;
}

void NeighborTable::forget(const IpAddress& ip) {
  Neighbor* known = entry_of(ip);
  if (known == nullptr || --known->wanted != 0) return;
  neighbors_.erase_unordered(static_cast<std::size_t>(known - neighbors_.begin()));
}

std::optional<MacAddress> NeighborTable::find(const IpAddress& ip) const {
  const auto known = std::ranges::find(neighbors_, ip, &Neighbor::ip);
  return known == neighbors_.end() ? std::nullopt : known->mac;
}

std::optional<IpAddress> NeighborTable::poll(Timestamp now) {
  const auto due =
      std::ranges::find_if(neighbors_, [&](const Neighbor& each) { return each.due <= now; });
  if (due == neighbors_.end()) return std::nullopt;
  due->due = now + std::min(kNeighborRetryInterval << std::min(due->unanswered / 3, 4U),
                            kNeighborRetryIntervalMax);
  ++due->unanswered;
  return due->ip;
}

Timestamp NeighborTable::next_poll() const {
  Timestamp next = kNever;
  for (const Neighbor& each : neighbors_) next = std::min(next, each.due);
  return next;
}

bool NeighborTable::take_answer(const IpAddress& ip, const MacAddress& mac, Timestamp now) {
  Neighbor* known = entry_of(ip);
  if (known == nullptr || known->unanswered == 0) return false;
  known->mac = mac;
  known->unanswered = 0;
  known->due = now + kNeighborConfirmInterval;
  return true;
}

NeighborTable::Neighbor* NeighborTable::entry_of(const IpAddress& ip) {
  const auto known = std::ranges::find(neighbors_, ip, &Neighbor::ip);
  return known == neighbors_.end() ? nullptr : &*known;
}

}  // namespace penstock
