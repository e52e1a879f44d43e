// Undoing what was done so far when a function is left before its end: by an early return, or
// because there was no memory. Control plane and tests.
//
//   const auto handle = pool.allocate(...);
//   ScopeGuard undo([&] { pool.discard(handle); });
//   ... what may fail ...
//   undo.dismiss();  // from here on nothing may
#pragma once

#include <new>
#include <utility>

namespace penstock {

template <typename Undo>
class [[nodiscard]] ScopeGuard {
 public:
  // `undo` does not throw.
  explicit ScopeGuard(Undo undo) : undo_(std::move(undo)) {}
  ~ScopeGuard() {
    if (is_armed_) undo_();
  }
  ScopeGuard(const ScopeGuard&) = delete;
  ScopeGuard& operator=(const ScopeGuard&) = delete;

  void dismiss() { is_armed_ = false; }

 private:
  Undo undo_;
  bool is_armed_ = true;
};

// Does what may be left undone: a goodbye, an event to somebody else. False if there was no memory
// for it. An ending uses it for what it tells others, so that it never depends on memory itself.
template <typename Action>
bool best_effort(Action&& action) {
  try {
    std::forward<Action>(action)();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace penstock
