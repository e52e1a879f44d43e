// The transports that one worker serves, and when something is due of each. A transport is known
// here also when it was destroyed (docs/adr/0002): its entry, and the flows that led to it, go when
// they are looked at next. Owned by the worker; its own thread only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/forward/flow_table.h"
#include "dataplane/worker/context.h"

namespace penstock {

inline constexpr std::size_t kTimersPerIteration = 32;  // transports that something is due of
inline constexpr std::size_t kTimersSeenPerIteration = 1'024;  // and such as are only looked at
inline constexpr Duration kTimerPassInterval = 5 * kMillisecond;
// A transport of which nothing is due is seen to after so long: it may have ended.
inline constexpr Duration kTimerIntervalMax = 250 * kMillisecond;

class OwnedTransports {
 public:
  // What is remembered of a transport even when its handle has gone stale.
  struct Owned {
    TransportHandle transport;
    StaticVector<SocketAddress, kFlowsPerTransportMax> flows;
  };

  // Memory is touched here.
  OwnedTransports(const WorkerContext& context, FlowTable& flows);

  std::size_t size() const { return owned_.size(); }

  // From now on this worker's. PENSTOCK_CHECKs that there are no more than transports_max.
  void adopt(Transport& transport, TransportHandle handle, Timestamp now);

  // Its flows, as the flow table has them.
  Owned& of(const Transport& transport) { return owned_[transport.owned_index]; }

  // Something of the transport is due earlier than was known when it was last seen to.
  void wake(const Transport& transport, Timestamp at) {
    Timestamp& timer = timers_[transport.owned_index];
    timer = std::min(timer, at);
  }

  // True if a pass begins with this call of run_due.
  bool is_pass_due(Timestamp now) const { return cursor_ == 0 && now >= next_pass_at_; }

  // Sees to every transport of which something is due once per pass, a bounded number per call:
  // `visit(Transport&, TransportHandle)` returns when something is due next.
  template <typename Visit>
  void run_due(Timestamp now, Visit&& visit);

 private:
  void disown(std::size_t index);

  const WorkerContext& context_;
  FlowTable& flows_;
  std::vector<Owned> owned_;
  // By the index in owned_: when something of it is due at the earliest. Apart, so that a look at
  // all of them is a look at few cache lines.
  std::vector<Timestamp> timers_;
  std::size_t cursor_ = 0;
  Timestamp next_pass_at_ = 0;
};

template <typename Visit>
void OwnedTransports::run_due(Timestamp now, Visit&& visit) {
  if (cursor_ == 0) {
    if (!is_pass_due(now)) return;
    next_pass_at_ = now + kTimerPassInterval;
  }
  std::size_t due = 0;
  for (std::size_t i = 0; i < kTimersSeenPerIteration && due < kTimersPerIteration; ++i) {
    if (cursor_ >= owned_.size()) {
      cursor_ = 0;
      return;
    }
    if (timers_[cursor_] > now) {
      ++cursor_;
      continue;
    }
    ++due;
    const TransportHandle handle = owned_[cursor_].transport;
    if (Transport* transport = context_.pools->transports.resolve(handle)) {
      timers_[cursor_] = std::max(visit(*transport, handle), now + kTimerPassInterval);
      ++cursor_;
    } else {
      disown(cursor_);  // moves the last one here: look at it next
    }
  }
}

}  // namespace penstock
