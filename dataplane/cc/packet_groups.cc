#include "dataplane/cc/packet_groups.h"

#include <algorithm>

namespace penstock {

std::optional<GroupDelta> PacketGroups::add(Timestamp sent_at, Timestamp arrived_at) {
  std::optional<GroupDelta> delta;
  if (current_.is_there) {
    if (sent_at < current_.first_sent_at) return std::nullopt;  // of a group before
    if (!begins_another(sent_at, arrived_at)) {
      current_.last_sent_at = std::max(current_.last_sent_at, sent_at);
      current_.last_arrived_at = std::max(current_.last_arrived_at, arrived_at);
      return std::nullopt;
    }
    if (previous_.is_there) delta = compare();
    if (!current_.is_there) {
      previous_ = {};
    } else {
      previous_ = current_;
    }
  }
  current_ = {sent_at, sent_at, arrived_at, arrived_at, true};
  return delta;
}

bool PacketGroups::begins_another(Timestamp sent_at, Timestamp arrived_at) const {
  const Duration sent = sent_at - current_.last_sent_at;
  const Duration arrived = arrived_at - current_.last_arrived_at;
  const bool is_burst = arrived < sent && arrived <= kBurstGap &&
                        arrived_at - current_.first_arrived_at < kBurstLengthMax;
  return !is_burst && sent_at - current_.first_sent_at > kGroupLength;
}

// Forgets both groups if their times make no sense.
std::optional<GroupDelta> PacketGroups::compare() {
  const GroupDelta delta{.sent = current_.last_sent_at - previous_.last_sent_at,
                         .arrived = current_.last_arrived_at - previous_.last_arrived_at,
                         .arrival = current_.last_arrived_at};
  if (delta.arrived < 0 || delta.arrived - delta.sent > kOutage) {
    if (delta.arrived >= 0 || ++reordered_ >= kReorderedMax) {
      current_.is_there = false;
      reordered_ = 0;
    }
    return std::nullopt;
  }
  reordered_ = 0;
  return delta;
}

}  // namespace penstock
