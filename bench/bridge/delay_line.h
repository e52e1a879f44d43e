// What is under way, in the order of its arrival; at the same time, in the order in which it was
// put. Time is an argument. Single-threaded.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "dataplane/base/time.h"

namespace penstock::bridge {

template <class Item>
class DelayLine {
 public:
  void put(Item item, Timestamp at) {
    heap_.push_back({at, number_++, std::move(item)});
    std::push_heap(heap_.begin(), heap_.end(), is_later);
  }

  std::size_t size() const { return heap_.size(); }
  // When the next one arrives; kNever if none is under way.
  Timestamp next_arrival() const { return heap_.empty() ? kNever : heap_.front().at; }
  // Takes the next one that has arrived by `now`; false if there is none.
  bool take(Timestamp now, Item& item) {
    if (heap_.empty() || heap_.front().at > now) return false;
    std::pop_heap(heap_.begin(), heap_.end(), is_later);
    item = std::move(heap_.back().item);
    heap_.pop_back();
    return true;
  }

 private:
  struct Entry {
    Timestamp at;
    std::uint64_t number;
    Item item;
  };
  static bool is_later(const Entry& a, const Entry& b) {
    return a.at != b.at ? a.at > b.at : a.number > b.number;
  }

  std::uint64_t number_ = 0;
  std::vector<Entry> heap_;
};

}  // namespace penstock::bridge
