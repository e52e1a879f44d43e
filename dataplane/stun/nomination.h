// Which candidate pair a controlled lite agent sends on, of those that the peer nominates (RFC 8445
// sections 7.3.1.5 and 8.1.1). Pure; the agent of the control plane and the workers, which answer
// the checks of known flows, follow the one rule.
//
// Of pairs that are nominated together the one of the highest priority is used, whichever check
// came last: a client with aggressive nomination says USE-CANDIDATE in all of its checks. A client
// that nominates another pair later means to move: Chromium does so when its network changes, also
// to a pair of lower priority, and goes on nominating the new one alone. With the renomination
// draft (draft-thatcher-ice-renomination) the highest number wins.
#pragma once

#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock::stun {

// What the peer said of a pair when it nominated it.
struct Nomination {
  std::uint32_t priority = 0;  // PRIORITY of the check; our half of the pair is always the same
  std::uint32_t number = 0;    // of the renomination draft; zero without it
  Timestamp at = 0;            // of the latest check that nominated it

  auto operator<=>(const Nomination&) const = default;
};

// Pairs are nominated together within this time.
inline constexpr Duration kNominationWindow = 2 * kSecond;

// Whether `candidate`, just said of another pair, moves the transport there from the pair of
// `current`.
constexpr bool moves_to(const Nomination& current, const Nomination& candidate) {
  if (candidate.number != current.number) return candidate.number > current.number;
  if (candidate.at - current.at > kNominationWindow) return true;
  return candidate.priority >= current.priority;
}

}  // namespace penstock::stun
