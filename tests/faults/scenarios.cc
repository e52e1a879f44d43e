#include "tests/faults/scenarios.h"

#include "tests/faults/janus_calls.h"
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

namespace {

const json::object kDummyRoom = {{"request", "create"}, {"room", 2}, {"dummy_publisher", true}};

}  // namespace

void run_attach_with_failures() {
  expect_survives(
      "attach",
      asks_core(kRoomOnly, 0, {{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}}, false));
}

void run_join_with_failures() {
  expect_survives(
      "joinandconfigure",
      offers(kNewcomer, 3,
             {{"request", "joinandconfigure"}, {"ptype", "publisher"}, {"room", 1}, {"id", 9}},
             kAudioVideo));
}

void run_dummy_room_with_failures() { expect_survives("create", says(kRoomOnly, 0, kDummyRoom)); }

void run_publish_with_failures() {
  expect_survives("publish", offers(kRoomOnly, 0, {{"request", "publish"}}, kAudioVideo));
}

void run_restart_with_failures() {
  expect_survives("configure", [](ServerWorld& world) {
    add_call(world);
    ServerWorld::Client& alice = world.kept(1);
    world.will_send(alice.channel, ServerWorld::message(
                                       alice, {{"request", "configure"}},
                                       {{"type", "offer"}, {"sdp", alice.webrtc->restart_ice()}}));
  });
}

void run_dummy_room() {
  ServerWorld world;
  add_room(world);
  world.ask(world.kept(0), kDummyRoom);
  world.ask(world.kept(0), {{"request", "destroy"}, {"room", 2}});
  static_cast<void>(world.state());
}

}  // namespace penstock::test
