// What scenarios expect of people: GoogleTest expectations with the names of those concerned.
#pragma once

#include <vector>

#include "tests/sim/person.h"

namespace penstock::sim {

// The streams of `other` that have arrived at `person`, of this kind.
std::vector<const test::ReceivedStream*> streams_from(const Person& person, const Person& other,
                                                      MediaKind kind);

// Audio and video of `other` have arrived, and everything that arrived is what was sent, in order:
// no duplicate, no foreign packet, no gap that the network did not make, and keyframes.
void expect_sees(const Person& person, const Person& other);
// Everybody sees everybody else.
void expect_all_see_each_other(const Simulation& sim);
// Media of `other` has arrived at `person` within the last `duration`.
bool sees_now(const Simulation& sim, const Person& person, const Person& other,
              Duration within = 200 * kMillisecond);

// The server has as many of everything as it had, and all of it has an owner.
void expect_census(const Simulation& sim, const Census& before);

}  // namespace penstock::sim
