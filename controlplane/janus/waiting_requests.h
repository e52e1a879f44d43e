// Whose turn it is among the handles whose requests wait (pending_requests.h). Those that are awake
// stand in a line: the first has all turns until its request is done, so that one long answer at
// most is being written, and goes to the end of the line if others are behind that request. Those
// that sleep cost nothing; each comes to the end of the line when it is woken, and is given up when
// nobody has woken it for kRequestSleepMax. Owned by the core, which does what is to be done in a
// turn; control thread. Only what says so needs memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "controlplane/janus/pending_requests.h"

namespace penstock::janus {

class WaitingRequests {
 public:
  using Slot = std::unique_ptr<PendingRequests>;  // of a handle; null: nothing waits

  // The request is under way on this handle, behind no other. Takes memory; without it nothing has
  // changed.
  RequestId start(Slot& slot, HandleId handle, PendingRequests::UnderWay request, Timestamp now);
  // Puts a request behind the one that is under way. False: too many wait. Takes memory, likewise.
  bool keep_behind(PendingRequests& pending, PendingRequests::Asked asked, std::string text);
  // The one that is to be looked at next. There is one.
  PendingRequests::Behind take_next(PendingRequests& pending);

  // Whose turn it is; null: nobody's.
  PendingRequests* first_awake() const { return awake_.empty() ? nullptr : awake_.front(); }
  // Behind a turn, or when a request was given up.
  void end_turn(Slot& slot, Timestamp now);

  // Whether the request was there and asleep.
  bool wake(PendingRequests* pending, RequestId request);
  // Who has slept longest, if it is over its time; null: nobody is.
  PendingRequests* first_overdue(Timestamp now) const;

  // Nothing of this handle waits any more: what did.
  Slot remove(Slot& slot);

  // When somebody is to have a turn, or is overdue.
  Timestamp next_timeout(Timestamp now) const;
  std::size_t handles() const { return awake_.size() + asleep_.size(); }

 private:
  using Line = std::list<PendingRequests*>;

  Line& line_of(const PendingRequests& pending) { return pending.is_asleep ? asleep_ : awake_; }
  void put_at_end(PendingRequests& pending, bool is_asleep, Timestamp now);

  Line awake_;
  Line asleep_;  // who has slept longest first
  std::uint64_t last_serial_ = 0;
  std::size_t bytes_behind_ = 0;  // of the texts of requests
};

}  // namespace penstock::janus
