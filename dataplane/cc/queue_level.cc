#include "dataplane/cc/queue_level.h"

namespace penstock {

void QueueLevel::Least::add(Duration value, Timestamp at, Duration interval) {
  if (at - began_at >= interval) {
    before = at - began_at < 2 * interval ? now : value;
    now = value;
    began_at = at;
  }
  now = std::min(now, value);
}

void QueueLevel::add(Timestamp sent_at, Timestamp arrived_at, std::size_t bytes, double bps) {
  burst_ = std::max<Duration>(burst_ - std::max<Duration>(sent_at - sent_at_, 0), 0);
  sent_at_ = std::max(sent_at_, sent_at);
  if (bps > 0) {
    burst_ += static_cast<Duration>(static_cast<double>(bytes) * 8 * kSecond / bps);
    burst_ = std::min(burst_, kBurstMax);
  }
  const Duration delay = arrived_at - sent_at;
  delay_.add(delay, arrived_at, kLeastFor);
  lately_.add(std::max<Duration>(delay - delay_.value() - burst_, 0), arrived_at, kLatelyFor);
}

}  // namespace penstock
