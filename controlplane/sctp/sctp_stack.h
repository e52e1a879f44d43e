// usrsctp, of which a process has one: its state is global. Begun with the first association, never
// ended; without threads, so that its timers and its clock are ours. Associations are known to it
// by numbers that are never used again: what comes late for one that is gone finds nothing, and no
// pointer of ours is on the wire. Internal to controlplane/sctp but for advance() and
// next_timeout(). One thread.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "controlplane/clock/library_clock.h"
#include "dataplane/base/time.h"

namespace penstock {

class SctpAssociation;

class SctpStack {
 public:
  static SctpStack& instance();
  SctpStack(const SctpStack&) = delete;
  SctpStack& operator=(const SctpStack&) = delete;

  // Runs the timers of all associations; what they have to say is then to be polled from them. To
  // be called at or after next_timeout().
  void advance(Timestamp now);
  // kNever while there is no association.
  Timestamp next_timeout() const;

  std::uint64_t add(SctpAssociation& association, Timestamp now);
  void remove(std::uint64_t id);
  // Null if it is gone.
  SctpAssociation* find(std::uint64_t id) const;

  // The time that usrsctp is shown.
  static LibraryClock clock_at(Timestamp now);

 private:
  SctpStack();

  std::unordered_map<std::uint64_t, SctpAssociation*> associations_;
  std::uint64_t last_id_ = 0;
  Timestamp advanced_to_ = 0;
};

}  // namespace penstock
