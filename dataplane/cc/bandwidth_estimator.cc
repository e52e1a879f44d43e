#include "dataplane/cc/bandwidth_estimator.h"

#include <algorithm>

namespace penstock {

void BandwidthEstimator::take_remb(std::uint64_t bitrate_bps) {
  if (has_feedback_) return;
  has_remb_ = true;
  bps_ = std::clamp(static_cast<double>(bitrate_bps), kMinBps, kMaxBps);
}

void BandwidthEstimator::take_feedback(const TransportFeedback& feedback, Timestamp now) {
  if (!history_.is_used() || history_.next() == 0) return;
  const Duration offset = begin_feedback(feedback, now);
  Seen seen;
  const std::uint64_t base = history_.extend(feedback.base_sequence_number);
  feedback.for_each_received([&](std::size_t index, std::int64_t ticks) {
    take_received(base + index, ticks * kTransportFeedbackTick + offset, now, seen);
  });
  find_lost(base, base + feedback.status_count, seen);
  if (seen.newest_sent_at >= 0) rtt_ = std::max(now - seen.newest_sent_at, kMillisecond);
  measure_sent(now);
  control(seen, now);
}

Duration BandwidthEstimator::begin_feedback(const TransportFeedback& feedback, Timestamp now) {
  const std::int64_t units = feedback.reference_time;
  if (!has_feedback_) reference_units_ = units;
  // The nearest to the last one that is the same modulo 2^24.
  std::int64_t step = (units - reference_units_) % kReferenceTimeModulus;
  if (step > kReferenceTimeModulus / 2) step -= kReferenceTimeModulus;
  if (step < -kReferenceTimeModulus / 2) step += kReferenceTimeModulus;
  reference_units_ += step;

  if (has_feedback_ && now - feedback_at_ > kSilenceMax) {
    groups_.reset();
    trend_.reset();
    level_.reset();
  }
  if (has_feedback_ && feedback.feedback_count != static_cast<std::uint8_t>(feedback_count_ + 1))
    delivery_.skip();
  has_feedback_ = true;
  feedback_count_ = feedback.feedback_count;
  feedback_at_ = now;
  return (reference_units_ - units) * kTicksPerReferenceUnit * kTransportFeedbackTick;
}

void BandwidthEstimator::take_received(std::uint64_t sequence, Timestamp arrived_at, Timestamp now,
                                       Seen& seen) {
  SentPacket* packet = history_.find(sequence);
  if (packet == nullptr || packet->fate == PacketFate::kReceived) return;
  ++(packet->fate == PacketFate::kLost ? seen.recovered : seen.received);
  packet->fate = PacketFate::kReceived;
  const Timestamp sent_at = SendHistory::sent_at(*packet, now);
  seen.newest_sent_at = std::max(seen.newest_sent_at, sent_at);
  delivery_.add(arrived_at, packet->bytes);
  const double burst_bps = sent_average_bps_ <= kBurstShareMax * bps_ ? bps_ : 0;
  level_.add(sent_at, arrived_at, packet->bytes, burst_bps);
  if (packet->probe != 0) probe_.take(packet->probe, sent_at, arrived_at, packet->bytes);
  if (const auto delta = groups_.add(sent_at, arrived_at)) {
    trend_.add(*delta);
    seen.has_grown |= is_growing();
  }
}

void BandwidthEstimator::find_lost(std::uint64_t begin, std::uint64_t end, Seen& seen) {
  end = std::min(end, history_.next());
  if (end > SendHistory::kPackets) begin = std::max(begin, end - SendHistory::kPackets);
  for (std::uint64_t sequence = begin; sequence < end; ++sequence) {
    SentPacket* packet = history_.find(sequence);
    if (packet == nullptr || packet->fate != PacketFate::kUnknown) continue;
    packet->fate = PacketFate::kLost;
    ++seen.lost;
  }
}

void BandwidthEstimator::control(const Seen& seen, Timestamp now) {
  const double delivered = delivery_.bps().value_or(0);
  loss_.update({.received = seen.received,
                .lost = seen.lost,
                .recovered = seen.recovered,
                .rate_bps = rate_.bps(),
                .delivered_bps = delivered,
                .rtt = rtt_,
                .has_queue = has_long_queue()},
               now);
  const auto full = delivery_.full_bps();
  const bool has_grown = seen.has_grown || is_growing() || is_full(delivered, now);
  if (!has_grown || !stop_probe(now)) {
    const auto known = has_grown ? full : delivery_.bps();
    QueueTrend trend = has_grown ? QueueTrend::kGrows : trend_.trend();
    // Delays that grow without a queue are jitter, or our own bursts.
    if (!has_grown && trend == QueueTrend::kGrows) trend = QueueTrend::kSteady;
    RateControl::Input input{.trend = trend,
                             .delivered_bps = known,
                             .rtt = rtt_,
                             .is_limited = sent_bps_ < kLimitedShare * bps_};
    if (input.delivered_bps) *input.delivered_bps /= 1 - loss_.inherent();
    rate_.update(input, now);
    // What arrives without a queue is carried, however much more it is than was allowed.
    if (trend == QueueTrend::kSteady && !has_queue() && input.delivered_bps)
      rate_.raise(std::min({*input.delivered_bps, sent_bps_, sent_average_bps_}));
  }
  end_probe(now);
  set_bps();
}

bool BandwidthEstimator::is_full(double delivered_bps, Timestamp now) {
  if (!has_long_queue()) {
    queue_stands_since_ = kNever;
    return false;
  }
  if (queue_stands_since_ == kNever) queue_stands_since_ = now;
  return now - queue_stands_since_ >= kFullQueueFor && delivered_bps > 0 &&
         sent_average_bps_ > kFullQueueSentMin * delivered_bps;
}

// The queue grows because of a probe: the media did not fill it. True if so.
bool BandwidthEstimator::stop_probe(Timestamp now) {
  if (!probe_.is_felt(now, rtt_ + kProbeDrains)) return false;
  const double carried = probe_.carried_bps() / (1 - loss_.inherent());
  if (carried == 0) return true;  // not known yet
  const double before = probe_.rate_before_bps();
  if (carried < kCarriedMin * before) return false;
  if (probe_.is_there()) {
    schedule_.end(probe_.target_bps(), before, carried, now);
    probe_.abandon();
  }
  rate_.restore(std::clamp(before, kProbeKeepsMin * carried, carried));
  return true;
}

void BandwidthEstimator::end_probe(Timestamp now) {
  const auto result = probe_.judge(now, rtt_);
  if (!result) return;
  const double carried = *result / (1 - loss_.inherent());
  schedule_.end(probe_.target_bps(), probe_.rate_before_bps(), carried, now);
  loss_.raise(carried);
  if (carried <= rate_.bps()) return;
  rate_.raise(carried);
  proved_at_ = now;
}

void BandwidthEstimator::set_bps() {
  const double before = bps_;
  bps_ = std::clamp(std::min(rate_.bps(), loss_.cap_bps()), kMinBps, kMaxBps);
  const Timestamp decreased_at = std::max(rate_.decreased_at(), loss_.decreased_at());
  if (decreased_at == decreased_at_) return;
  decreased_at_ = decreased_at;
  if (bps_ < kDropShare * before) schedule_.restart(decreased_at);
}

void BandwidthEstimator::measure_sent(Timestamp now) {
  if (measured_at_ < 0) {
    measured_at_ = now;
    sent_bytes_ = 0;
    return;
  }
  const Duration elapsed = now - measured_at_;
  if (elapsed < kMeasureInterval) return;
  sent_bps_ = static_cast<double>(sent_bytes_) * 8 * kSecond / static_cast<double>(elapsed);
  sent_average_bps_ += kAverageShare * (sent_bps_ - sent_average_bps_);
  sent_bytes_ = 0;
  measured_at_ = now;
}

Timestamp BandwidthEstimator::next_probe_at() const {
  return goal_bps_ > bps_ && !probe_.is_there() ? schedule_.due_at() : kNever;
}

bool BandwidthEstimator::poll_probe(Timestamp now) {
  if (probe_.is_sending()) return true;
  if (probe_.is_there() || !has_feedback_ || is_growing() || loss_.is_trying()) return false;
  if (has_queue()) return false;
  const auto probe = schedule_.next(bps_, goal_bps_, now);
  if (!probe) return false;
  schedule_.begin();
  probe_.begin(probe->target_bps, bps_, probe->length, now);
  return true;
}

}  // namespace penstock
