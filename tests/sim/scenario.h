// How most scenarios begin.
#pragma once

#include <cstdint>
#include <string>

#include "tests/sim/person.h"

namespace penstock::sim {

// A room that a test makes and destroys.
inline constexpr std::uint64_t kDoomed = 77;

// `count` more people join the room; each publishes audio and video and receives everybody.
inline void start_call(Simulation& sim, std::size_t count, std::uint64_t room = kRoom) {
  for (std::size_t i = 0; i < count; ++i) {
    Person& person = sim.join(room, "person" + std::to_string(sim.people().size() + 1));
    person.publish();
    person.subscribe_to_everyone();
  }
}

}  // namespace penstock::sim
