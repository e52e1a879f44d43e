// The retire list of objects that only the control thread reads: rooms, participants, sessions,
// handles, peers. Their grace period is the call that is running: what a call has resolved stays
// until the call ends, also if it destroys it on the way. Owned by whoever owns the pools; control
// thread.
#pragma once

#include "dataplane/pool/retire_list.h"

namespace penstock {

class ControlRetireList {
 public:
  // `capacity`: at least the objects of all pools that retire here.
  explicit ControlRetireList(std::size_t capacity) : list_(capacity) {}

  // From now on the handle resolves to null; the object goes at the end of the call. False for a
  // stale handle.
  template <typename T>
  bool retire(ObjectPool<T>& pool, Handle<T> handle, Timestamp now) {
    return list_.retire(pool, handle, [this] { return call_; }, now);
  }

  // The call is over: nobody holds a pointer any more, everything that was retired in it goes.
  // Called where calls end, and nowhere else. Returns how many objects went.
  std::size_t end_of_call(Timestamp now) {
    const RetireList::GraceToken ended = call_++;
    return list_.reclaim_ready([&](RetireList::GraceToken token) { return token <= ended; }, now,
                               list_.size());
  }

  const RetireList& list() const { return list_; }

 private:
  RetireList list_;
  RetireList::GraceToken call_ = 1;
};

}  // namespace penstock
