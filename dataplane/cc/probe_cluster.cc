#include "dataplane/cc/probe_cluster.h"

#include <algorithm>

namespace penstock {

void ProbeCluster::begin(double target_bps, double rate_before_bps, Duration length,
                         Timestamp now) {
  const auto id = static_cast<std::uint8_t>(id_ == 255 ? 1 : id_ + 1);
  *this = {};
  state_ = State::kSending;
  id_ = id;
  target_bps_ = target_bps;
  rate_before_bps_ = rate_before_bps;
  began_at_ = now;
  ends_at_ = now + length;
}

std::size_t ProbeCluster::due_bytes(Timestamp now) {
  if (state_ != State::kSending) return 0;
  const double seconds = static_cast<double>(std::min(now, ends_at_) - began_at_) / kSecond;
  const double due = target_bps_ * seconds / 8;
  if (now >= ends_at_) state_ = State::kSent;
  return due <= sent_bytes_ ? 0 : static_cast<std::size_t>(due) - sent_bytes_;
}

void ProbeCluster::take(std::uint8_t mark, Timestamp sent_at, Timestamp arrived_at,
                        std::size_t bytes) {
  if (state_ == State::kNone || mark != id_) return;
  const auto size = static_cast<std::uint32_t>(bytes);
  if (came_packets_ == 0 || arrived_at < first_arrived_at_) {
    first_arrived_at_ = arrived_at;
    first_bytes_ = size;
  }
  if (came_packets_ == 0 || sent_at > last_sent_at_) {
    last_sent_at_ = sent_at;
    last_bytes_ = size;
  }
  first_sent_at_ = came_packets_ == 0 ? sent_at : std::min(first_sent_at_, sent_at);
  last_arrived_at_ = came_packets_ == 0 ? arrived_at : std::max(last_arrived_at_, arrived_at);
  ++came_packets_;
  came_bytes_ += size;
}

std::optional<double> ProbeCluster::judge(Timestamp now, Duration rtt) {
  if (state_ == State::kSending && now >= ends_at_) state_ = State::kSent;
  if (state_ != State::kSent) return std::nullopt;
  const bool is_complete = came_packets_ >= sent_packets_;
  if (!is_complete && now < ends_at_ + rtt + kFeedbackTime) return std::nullopt;
  state_ = State::kNone;
  if (came_packets_ < kPacketsMin || came_bytes_ < kShareMin * sent_bytes_) return 0.0;
  return arrival_bps();
}

// Of n packets there are n - 1 intervals.
double ProbeCluster::arrival_bps() const {
  const Duration sent = last_sent_at_ - first_sent_at_;
  const Duration arrived = last_arrived_at_ - first_arrived_at_;
  if (sent <= 0 || arrived <= 0) return 0;
  const double sent_bps = (came_bytes_ - last_bytes_) * 8.0 * kSecond / static_cast<double>(sent);
  const double arrived_bps =
      (came_bytes_ - first_bytes_) * 8.0 * kSecond / static_cast<double>(arrived);
  if (arrived_bps > kRatioMax * sent_bps) return 0;
  const double bps = std::min(sent_bps, arrived_bps);
  return arrived_bps < kFullShare * sent_bps ? kFullTarget * arrived_bps : bps;
}

}  // namespace penstock
