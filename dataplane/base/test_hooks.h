// Places where a test can make something fail, or switch a deliberate bug on to see that the proofs
// of docs/lifetimes.md catch it. Compiled in where PENSTOCK_TEST_HOOKS is defined (the debug
// presets); a release build has constants in their place. Control thread and test thread only,
// unless a place says otherwise.
#pragma once

#include <cstdint>

namespace penstock::test_hooks {

// What can be made to fail. A failure here is what the caller must survive: a full pool, a full
// ring.
enum class FailurePoint : std::uint8_t {
  kPoolTake,     // ObjectPool::allocate
  kCommandPush,  // a command or datagram into a worker's ring
};

// Deliberate bugs. Each breaks one rule of docs/lifetimes.md.
enum class PlantedBug : std::uint8_t {
  kNone,
  kSkipUnlink,            // an object is retired but still resolvable
  kSkipRetire,            // an object is unlinked and never reclaimed
  kReclaimOneEpochEarly,  // reclaimed before its grace period has ended
  kReclaimTwice,          // two entries of the retire list for one object
};

#ifdef PENSTOCK_TEST_HOOKS

struct State {
  // Failure points passed since `fail_at` was set, and which of them fails; 0: none.
  std::uint64_t passed = 0;
  std::uint64_t fail_at = 0;
  PlantedBug planted = PlantedBug::kNone;
};

inline State& state() {
  static State the_state;
  return the_state;
}

// Whether this place fails now. Counts the places passed while a failure is armed.
inline bool fails(FailurePoint) {
  State& hooks = state();
  return hooks.fail_at != 0 && ++hooks.passed == hooks.fail_at;
}

inline bool is_planted(PlantedBug bug) { return state().planted == bug; }

#else

constexpr bool fails(FailurePoint) { return false; }
constexpr bool is_planted(PlantedBug) { return false; }

#endif

}  // namespace penstock::test_hooks
