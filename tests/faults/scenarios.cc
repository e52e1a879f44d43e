#include "tests/faults/scenarios.h"

#include "tests/faults/registry_world.h"
#include "tests/sim/person.h"
#include "tests/sim/simulation.h"

namespace penstock::test {

using sim::kRoom;
using sim::Person;
using sim::Simulation;

void run_call() {
  Simulation sim({.seed = 7, .workers = 2, .room_peers_per_worker_max = 1});
  sim.server().interleave_workers();
  Person& alice = sim.join(kRoom, "alice");
  Person& bob = sim.join(kRoom, "bob");
  Person& carol = sim.join(kRoom, "carol");
  for (Person* person : {&alice, &bob, &carol}) {
    person->publish();
    person->subscribe_to_everyone();
  }
  sim.run_for(kSecond);
  // A worker that stands still holds what it has found.
  sim.server().stop_worker(1, true);
  alice.unpublish();
  sim.run_for(200 * kMillisecond);
  sim.server().resume_all();
  alice.publish();
  bob.unsubscribe_from(carol);
  sim.run_for(kSecond);
  bob.leave();
  sim.run_for(100 * kMillisecond);
  carol.unpublish();
  sim.run_for(100 * kMillisecond);
}

void run_creates_with_failures() {
  static_cast<void>(fail_at_every_point(create_subscription_call(0)));
  static_cast<void>(fail_at_every_point(create_subscription_call(1)));
}

}  // namespace penstock::test
