// Places where a test can make something fail, or switch a deliberate bug on to see that the proofs
// of docs/lifetimes.md catch it. Compiled in where PENSTOCK_TEST_HOOKS is defined (the debug
// presets); a release build has constants in their place. Control thread and test thread only,
// unless a place says otherwise.
#pragma once

#include <cstdint>
#include <utility>

namespace penstock::test_hooks {

// What can be made to fail. A failure here is what the caller must survive: a full pool, a full
// ring.
enum class FailurePoint : std::uint8_t {
  kPoolTake,      // ObjectPool::allocate
  kCommandPush,   // a command into a worker's ring: it goes to the backlog
  kDatagramPush,  // a datagram into a worker's ring: it is lost
  kSrtpKeys,      // expanding a transport's keys
  kMemory,        // operator new (tests/faults/failing_memory.cc)
};

// Deliberate bugs. Each breaks one rule of docs/lifetimes.md.
enum class PlantedBug : std::uint8_t {
  kNone,
  kSkipUnlink,                   // an object is retired but still resolvable
  kSkipRetire,                   // an object is unlinked and never reclaimed
  kReclaimOneEpochEarly,         // reclaimed before its grace period has ended
  kReclaimTwice,                 // two entries of the retire list for one object
  kTokenBeforeUnlink,            // who reports between the two may still have found the object
  kTokenOfOneWorker,             // the others are not waited for
  kWriteAfterReclaim,            // through a pointer that was kept too long
  kWritePastTheEnd,              // of an object, into what lies behind it
  kKeepUnlistedSubscription,     // create_subscription with no fan-out chunk left
  kKeepEmptyChunk,               // the last subscription leaves a fan-out chunk
  kLosePacketOfEndedTransport,   // it comes, and there is nobody any more whose it is
  kKeepStreamsOfFailedOffer,     // a publisher's offer with not enough streams left
  kKeepPeerOfFailedOffer,        // the first offer of a peer fails after the peer was made
  kKeepUfragOfFailedRestart,     // an offer with an ICE restart fails
  kKeepHandleOfFailedAttach,     // an attach that cannot be answered
  kKeepParticipantOfFailedJoin,  // a join with an offer that is refused
  kKeepRoomOfFailedDummy,        // a room whose dummy publisher has no place in media
  kKeepDummyPublisher,           // a room goes, and its publisher without a transport stays
  kForgetHandlesOfEndedSession,  // a session ends with more than one handle
  kKeepSubscriptionOfEndedFeed,  // a publisher goes, what was made for its receivers stays
};

// What an observer of pools is told.
enum class PoolEvent : std::uint8_t { kUnlinked, kDiscarded, kReclaimed };

#ifdef PENSTOCK_TEST_HOOKS

struct State {
  // Failure points passed since `fail_at` was set, and which of them fails; 0: none.
  std::uint64_t passed = 0;
  std::uint64_t fail_at = 0;
  PlantedBug planted = PlantedBug::kNone;
  // Told of every object that is unlinked and reclaimed.
  void (*watch)(PoolEvent event, const void* pool, std::uint64_t handle_bits) = nullptr;
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

// Failure points do not count while one of these is there: for what tests do themselves.
class NoFailures {
 public:
  NoFailures() : armed_(std::exchange(state().fail_at, 0)) {}
  ~NoFailures() { state().fail_at = armed_; }
  NoFailures(const NoFailures&) = delete;
  NoFailures& operator=(const NoFailures&) = delete;

 private:
  std::uint64_t armed_;
};

inline void tell(PoolEvent event, const void* pool, std::uint64_t handle_bits) {
  if (state().watch == nullptr) return;
  const NoFailures none;
  state().watch(event, pool, handle_bits);
}

#else

constexpr bool fails(FailurePoint) { return false; }
constexpr bool is_planted(PlantedBug) { return false; }
constexpr void tell(PoolEvent, const void*, std::uint64_t) {}
struct NoFailures {
  constexpr NoFailures() {}
};

#endif

}  // namespace penstock::test_hooks
