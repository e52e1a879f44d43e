// When which of the objects of a pool is due next: a binary heap that knows where each object's
// entry is, so that a deadline changes in O(log n) and nobody walks over all of them. Room for
// every object of the pool is set aside: nothing here needs memory. Owned by whoever owns the pool;
// one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "dataplane/base/time.h"
#include "dataplane/pool/handle.h"

namespace penstock {

template <typename T>
class DeadlineQueue {
 public:
  // `capacity`: of the pool.
  explicit DeadlineQueue(std::size_t capacity) : places_(capacity, kNowhere) {
    heap_.reserve(capacity);
  }

  // From now on the live object is due at `at`; kNever is a deadline that does not come.
  void set(Handle<T> object, Timestamp at) {
    std::uint32_t& place = places_[object.index()];
    if (place == kNowhere) {
      place = static_cast<std::uint32_t>(heap_.size());
      heap_.push_back({at, object});
    }
    heap_[place].at = at;
    sink(rise(place));
  }
  // It has no deadline any more. No-op without one.
  void remove(Handle<T> object) {
    const std::uint32_t place = std::exchange(places_[object.index()], kNowhere);
    if (place == kNowhere) return;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (place == heap_.size()) return;
    put(place, last);
    sink(rise(place));
  }

  // The earliest deadline; kNever if there is none.
  Timestamp next() const { return heap_.empty() ? kNever : heap_.front().at; }
  // Whose that is. Not without one.
  Handle<T> first() const { return heap_.front().object; }
  std::size_t size() const { return heap_.size(); }

 private:
  static constexpr std::uint32_t kNowhere = UINT32_MAX;
  struct Entry {
    Timestamp at = kNever;
    Handle<T> object;
  };

  void put(std::size_t place, const Entry& entry) {
    heap_[place] = entry;
    places_[entry.object.index()] = static_cast<std::uint32_t>(place);
  }
  // Towards the front while it is due before its parent. Where it ends up.
  std::size_t rise(std::size_t place) {
    const Entry entry = heap_[place];
    while (place > 0 && entry.at < heap_[(place - 1) / 2].at) {
      put(place, heap_[(place - 1) / 2]);
      place = (place - 1) / 2;
    }
    put(place, entry);
    return place;
  }
  // Towards the back while a child is due before it.
  void sink(std::size_t place) {
    const Entry entry = heap_[place];
    for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
      if (child + 1 < heap_.size() && heap_[child + 1].at < heap_[child].at) ++child;
      if (entry.at <= heap_[child].at) break;
      put(place, heap_[child]);
      place = child;
    }
    put(place, entry);
  }

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> places_;  // of each object's entry, by the index of its handle
};

}  // namespace penstock
