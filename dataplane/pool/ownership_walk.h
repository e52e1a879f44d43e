// Proof that every live object has an owner: the owners mark what they own, from the roots down,
// and then as many objects must be marked as are live. What is live and not marked has leaked,
// also if it stands in a cycle; what is marked twice has two owners; a stale handle in an owner's
// list is a bug of its teardown. A pass over everything: for debug builds, tests and the auditor.
// Control thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/pool/object_pool.h"

namespace penstock {

class OwnershipWalk {
 public:
  // Every live object of this pool is to be marked.
  template <typename T>
  void expect(const ObjectPool<T>& pool) {
    static_cast<void>(marks_of(pool));
  }

  // An owner says that it owns this object. True if it is live and nobody said so before.
  template <typename T>
  bool mark(const ObjectPool<T>& pool, Handle<T> handle) {
    Marks& marks = marks_of(pool);
    if (pool.resolve(handle) == nullptr) {
      ++marks.stale;
      return false;
    }
    if (marks.is_marked[handle.index()]) {
      ++marks.doubly_owned;
      return false;
    }
    marks.is_marked[handle.index()] = true;
    ++marks.marked;
    return true;
  }

  // Objects that were marked, of all pools.
  std::size_t marked() const {
    std::size_t marked = 0;
    for (const Marks& marks : marks_) marked += marks.marked;
    return marked;
  }

  // What is wrong, one line for each pool and kind of fault; empty: every live object has exactly
  // one owner.
  std::vector<std::string> findings() const {
    std::vector<std::string> lines;
    const auto report = [&](const Marks& marks, std::size_t count, const char* what) {
      if (count != 0) {
        lines.push_back(std::string(marks.name) + ": " + std::to_string(count) + " " + what);
      }
    };
    for (const Marks& marks : marks_) {
      const std::size_t live = marks.live(marks.pool);
      report(marks, live > marks.marked ? live - marks.marked : 0, "live without an owner");
      report(marks, marks.doubly_owned, "with two owners");
      report(marks, marks.stale, "owned and gone");
    }
    return lines;
  }

 private:
  struct Marks {
    const void* pool;
    std::size_t (*live)(const void* pool);
    std::string_view name;
    std::vector<bool> is_marked;
    std::size_t marked = 0;
    std::size_t doubly_owned = 0;
    std::size_t stale = 0;
  };

  template <typename T>
  Marks& marks_of(const ObjectPool<T>& pool) {
    const auto known =
        std::ranges::find_if(marks_, [&](const Marks& marks) { return marks.pool == &pool; });
    if (known != marks_.end()) return *known;
    return marks_.emplace_back(Marks{
        .pool = &pool,
        .live = [](const void* p) { return static_cast<const ObjectPool<T>*>(p)->counts().live; },
        .name = pool.name(),
        .is_marked = std::vector<bool>(pool.capacity())});
  }

  std::vector<Marks> marks_;
};

}  // namespace penstock
