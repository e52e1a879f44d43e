#include "dataplane/cc/probe_schedule.h"

#include <algorithm>

namespace penstock {

std::optional<ProbeSchedule::Probe> ProbeSchedule::next(double bps, double goal_bps,
                                                        Timestamp now) const {
  if (is_under_way_ || now < due_at_ || goal_bps <= bps) return std::nullopt;
  const double factor = is_first_ ? kFirstFactor : has_failed() ? kFactorAfterFailure : kFactor;
  const double reach = std::max(factor * bps, bps + kStepMinBps);
  return Probe{.target_bps = std::min(reach, std::max(goal_bps, bps + kStepMinBps)),
               .length = is_first_ ? kFirstLength : kLength};
}

void ProbeSchedule::end(double target_bps, double before_bps, double bps, Timestamp now) {
  is_first_ = false;
  is_under_way_ = false;
  if (bps >= kSuccess * target_bps && bps >= kGainMin * before_bps) {
    interval_ = kInterval;
    due_at_ = now;
    return;
  }
  due_at_ = now + interval_;
  interval_ = std::min(interval_ * 3 / 2, kIntervalMax);
}

void ProbeSchedule::restart(Timestamp now) {
  is_first_ = false;
  is_under_way_ = false;
  interval_ = kInterval;
  due_at_ = std::max(due_at_, now + kAfterDecrease);
}

}  // namespace penstock
