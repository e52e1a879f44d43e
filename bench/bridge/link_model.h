// One direction of a link, as a function of time: what becomes of a frame that is put on it.
// Without sockets, clocks or frames: the bridge asks it in real time, the simulator (tests/sim) in
// virtual time. The same conditions, frame sizes, times and seed have the same verdicts.
// Single-threaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "bench/bridge/link_conditions.h"
#include "dataplane/base/prng.h"
#include "dataplane/base/time.h"

namespace penstock::bridge {

enum class LinkFate : std::uint8_t {
  kDelivered,
  kLost,          // alone, at random
  kLostInBurst,   // (BurstLoss)
  kLostInOutage,  // the link was cut
  kQueueFull,     // at the bottleneck
};

struct LinkVerdict {
  LinkFate fate = LinkFate::kDelivered;
  Timestamp at = kNever;       // when it arrives, if it does
  Timestamp copy_at = kNever;  // when it arrives once more, if it does
};

// Conditions from a time on, until those of the next step.
struct LinkStep {
  Timestamp from = 0;
  LinkConditions conditions;
};

struct LinkCounters {
  std::uint64_t offered = 0;
  std::uint64_t lost = 0;
  std::uint64_t lost_in_burst = 0;
  std::uint64_t lost_in_outage = 0;
  std::uint64_t queue_full = 0;
  std::uint64_t duplicated = 0;
  Duration delay_max = 0;  // from when a frame was offered until it arrives
};

class LinkModel {
 public:
  explicit LinkModel(const LinkConditions& conditions = {});

  // From now on. What is in the queue or under way stays there.
  void set_conditions(const LinkConditions& conditions);
  // In ascending order of `from`; the first are in effect before their time too. A frame that waits
  // when the rate changes goes on at the new one.
  void set_steps(std::vector<LinkStep> steps);

  // A frame is put on the link. `now` never decreases. Which frames are lost depends on the losses
  // and duplicates that were asked for and on the seed, not on delays, queues or the time.
  LinkVerdict offer(std::size_t bytes, Timestamp now, Prng& prng);

  const LinkCounters& counters() const { return counters_; }

 private:
  LinkFate judge(const LinkConditions& conditions, Prng& prng);
  // The time of arrival; none if the queue is full.
  std::optional<Timestamp> pass(std::size_t bytes, Timestamp now, Prng& prng);
  bool has_room(std::size_t bytes, Timestamp now) const;
  Timestamp transmit(std::size_t bytes, Timestamp now);
  std::size_t step_at(Timestamp time) const;
  Timestamp end_of(std::size_t step) const;

  std::vector<LinkStep> steps_;
  bool is_in_burst_ = false;
  Timestamp idle_at_ = 0;  // when the bottleneck has transmitted all that waits
  Timestamp latest_ = 0;   // arrival of a frame that was not held
  LinkCounters counters_;
};

}  // namespace penstock::bridge
