#include "controlplane/janus/waiting_requests.h"

#include <chrono>
#include <utility>

#include "controlplane/signalling/limits.h"

namespace penstock::janus {

RequestId WaitingRequests::start(Slot& slot, HandleId handle, PendingRequests::UnderWay request,
                                 Timestamp now) {
  const bool is_sleeping = request.continuation->is_sleeping();
  if (!slot) {
    auto pending = std::make_unique<PendingRequests>();
    pending->handle = handle;
    pending->place = awake_.insert(awake_.end(), pending.get());
    slot = std::move(pending);
  }
  slot->under_way = std::move(request);
  slot->serial = ++last_serial_;
  if (is_sleeping) put_at_end(*slot, true, now);
  return {handle, slot->serial};
}

bool WaitingRequests::keep_behind(PendingRequests& pending, PendingRequests::Asked asked,
                                  std::string text) {
  if (pending.behind.size() >= kRequestsBehindMax ||
      text.size() > kWaitingBytesMax - bytes_behind_) {
    return false;
  }
  const std::size_t bytes = text.size();
  pending.behind.push_back({std::move(asked), std::move(text)});
  bytes_behind_ += bytes;
  return true;
}

PendingRequests::Behind WaitingRequests::take_next(PendingRequests& pending) {
  PendingRequests::Behind next = std::move(pending.behind.front());
  pending.behind.pop_front();
  bytes_behind_ -= next.text.size();
  return next;
}

void WaitingRequests::put_at_end(PendingRequests& pending, bool is_asleep, Timestamp now) {
  Line& from = line_of(pending);
  pending.is_asleep = is_asleep;
  Line& to = line_of(pending);
  to.splice(to.end(), from, pending.place);
  if (is_asleep) pending.wake_until = now + std::chrono::nanoseconds(kRequestSleepMax).count();
}

void WaitingRequests::end_turn(Slot& slot, Timestamp now) {
  PendingRequests& pending = *slot;
  if (pending.under_way) {
    if (!pending.is_asleep && pending.under_way->continuation->is_sleeping()) {
      put_at_end(pending, true, now);
    }
  } else if (pending.behind.empty()) {
    remove(slot);
  } else {
    put_at_end(pending, false, now);
  }
}

bool WaitingRequests::wake(PendingRequests* pending, RequestId request) {
  if (pending == nullptr || !pending->is_asleep || pending->serial != request.serial) return false;
  put_at_end(*pending, false, 0);
  return true;
}

PendingRequests* WaitingRequests::first_overdue(Timestamp now) const {
  return !asleep_.empty() && asleep_.front()->wake_until <= now ? asleep_.front() : nullptr;
}

WaitingRequests::Slot WaitingRequests::remove(Slot& slot) {
  if (!slot) return nullptr;
  line_of(*slot).erase(slot->place);
  for (const PendingRequests::Behind& request : slot->behind) bytes_behind_ -= request.text.size();
  return std::move(slot);
}

Timestamp WaitingRequests::next_timeout(Timestamp now) const {
  if (!awake_.empty()) return now;
  return asleep_.empty() ? kNever : asleep_.front()->wake_until;
}

}  // namespace penstock::janus
