// What a transport-cc message says of every packet that it covers, also of those that did not
// arrive: for tests, as the messages of a flood may cover 65,535 in a few bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/rtp/rtcp/transport_feedback.h"

namespace penstock::test {

struct TransportStatus {
  std::uint16_t sequence_number = 0;
  bool received = false;
  // Only if received: ticks since the epoch of the reference time, modulo its wrap.
  std::int64_t arrival_ticks = 0;
};

// Calls visit(const TransportStatus&) for all `status_count` packets in order.
template <typename Visit>
void for_each_status(const TransportFeedback& feedback, Visit&& visit) {
  std::size_t next = 0;
  const auto number = [&] {
    return static_cast<std::uint16_t>(feedback.base_sequence_number + next++);
  };
  feedback.for_each_received([&](std::size_t index, std::int64_t ticks) {
    while (next < index) visit(TransportStatus{.sequence_number = number()});
    visit(TransportStatus{number(), true, ticks});
  });
  while (next < feedback.status_count) visit(TransportStatus{.sequence_number = number()});
}

}  // namespace penstock::test
