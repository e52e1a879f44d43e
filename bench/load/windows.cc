#include "bench/load/windows.h"

#include "bench/load/clocks.h"

namespace penstock::load {

void Windows::begin(Timestamp now) {
  began_at_ = now;
  waiting_ = thread_waiting_time();
  sent_ = sender_.totals();
  static_cast<void>(receiver_.take_recent_delays());
}

void Windows::advance(Timestamp now) {
  if (length_ == 0 || now - began_at_ < length_) return;
  const Histogram delays = receiver_.take_recent_delays();
  ended_.push_back({.began_at = began_at_,
                    .ended_at = now,
                    .delays = delays.count(),
                    .delay_p50 = delays.percentile(0.5),
                    .delay_p99 = delays.percentile(0.99),
                    .sends = sender_.totals().bursts - sent_.bursts,
                    .late_sends = sender_.totals().late_bursts - sent_.late_bursts,
                    .own_wait = thread_waiting_time() - waiting_});
  begin(now);
}

}  // namespace penstock::load
