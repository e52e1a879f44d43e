#include "controlplane/janus/videoroom/host_names.h"

#include <algorithm>
#include <utility>

#include "controlplane/signalling/limits.h"

namespace penstock::janus::videoroom {

std::expected<HostNames::Prepared, Error> HostNames::prepare(std::vector<std::string> names) {
  if (executor_ == nullptr) {
    return fail(RoomError::kInvalidElement, "Could not resolve address (" + names.front() + ")...");
  }
  if (waiting_.size() >= kLookUpsMax)
    return fail(RoomError::kUnknown, "Too many names of hosts are looked up");
  Prepared prepared;
  prepared.job.push_back({.ticket = last_ticket_ + 1, .names = std::move(names)});
  prepared.waiter.push_back({.ticket = last_ticket_ + 1});
  return prepared;
}

void HostNames::begin(Prepared prepared, RequestId request) {
  last_ticket_ = prepared.ticket();
  prepared.waiter.front().request = request;
  waiting_.splice(waiting_.end(), prepared.waiter);
  executor_->submit(std::move(prepared.job));
}

const NameJob* HostNames::outcome(Ticket ticket) const {
  const auto found = std::ranges::find(over_, ticket, &NameJob::ticket);
  return found == over_.end() ? nullptr : &*found;
}

void HostNames::forget(Ticket ticket) {
  const auto found = std::ranges::find(over_, ticket, &NameJob::ticket);
  if (found != over_.end()) over_.erase(found);
}

void HostNames::take_news(PluginHost& host) {
  if (executor_ == nullptr) return;
  std::list<NameJob> done = executor_->take_done();
  while (!done.empty()) {
    const auto waiter = std::ranges::find(waiting_, done.front().ticket, &Prepared::Waiter::ticket);
    const bool is_awaited = waiter != waiting_.end() && host.wake(waiter->request);
    if (waiter != waiting_.end()) waiting_.erase(waiter);
    if (is_awaited) {
      over_.splice(over_.end(), done, done.begin());
    } else {
      done.pop_front();  // nobody waits any more
    }
  }
}

}  // namespace penstock::janus::videoroom
