// Requests of the Janus API as failing calls: who is there before, and what is then asked. Used by
// janus_faults_test.cc and, with bugs planted, by scenarios.cc.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/faults/server_world.h"

namespace penstock::test {

using Prepare = std::function<void(ServerWorld&)>;

inline const std::vector<SyntheticSourceConfig> kAudioVideo = {audio(1), video(1)};

inline std::unique_ptr<ServerWorld> make_world(const Prepare& prepare) {
  auto world = std::make_unique<ServerWorld>();
  prepare(*world);
  return world;
}

inline void expect_survives(const std::string& name, const Prepare& prepare,
                            Promise promise = Promise::kAllOrNothing) {
  const PointCounts counts = fail_at_every_point(
      FallibleCall<ServerWorld>{.name = name,
                                .make_world = [&] { return make_world(prepare); },
                                .attempt = [](ServerWorld& world) { return world.attempt(); },
                                .promise = promise});
  std::printf("%-44s %4llu points, refused at %4llu\n", name.c_str(),
              static_cast<unsigned long long>(counts.points),
              static_cast<unsigned long long>(counts.refused));
}

// Somebody in room 1, made for it, who hears of everybody who joins.
inline ServerWorld::Client& add_room(ServerWorld& world) {
  world.keep(world.attach());
  ServerWorld::Client& admin = world.kept(0);
  world.ask(admin, {{"request", "create"}, {"room", 1}, {"notify_joining", true}});
  world.join(admin, {{"id", 5}, {"display", "admin"}});
  return admin;
}

// Room 1 with a publisher (kept 1, its feed is 7) and, if asked, a subscriber of it (kept 2).
inline void add_call(ServerWorld& world, bool has_subscriber = true) {
  add_room(world);
  world.keep(world.attach());
  world.join(world.kept(1), {{"id", 7}, {"display", "alice"}});
  world.publish(world.kept(1), kAudioVideo);
  if (!has_subscriber) return;
  world.keep(world.attach());
  const std::string offer = world.subscribe(world.kept(2), {7});
  world.ask(world.kept(2), {{"request", "start"}}, world.answer_to(world.kept(2), offer));
}

// The client that is kept says this to the plugin.
inline Prepare says(const Prepare& before, std::size_t who, const json::object& body) {
  return [=](ServerWorld& world) {
    before(world);
    world.will_send(world.kept(who).channel, ServerWorld::message(world.kept(who), body));
  };
}

// And this to the core.
inline Prepare asks_core(const Prepare& before, std::size_t who, const json::object& request,
                         bool has_handle = true) {
  return [=](ServerWorld& world) {
    before(world);
    world.will_send(world.kept(who).channel,
                    ServerWorld::core_request(&world.kept(who), request, has_handle));
  };
}

inline const Prepare kCall = [](ServerWorld& world) { add_call(world); };
inline const Prepare kRoomOnly = [](ServerWorld& world) { add_room(world); };
inline const Prepare kNewcomer = [](ServerWorld& world) {
  add_call(world);
  world.keep(world.attach());
};

// And this to the plugin, with an offer of these sources.
inline Prepare offers(const Prepare& before, std::size_t who, const json::object& body,
                      const std::vector<SyntheticSourceConfig>& sources) {
  return [=](ServerWorld& world) {
    before(world);
    ServerWorld::Client& client = world.kept(who);
    world.will_send(client.channel,
                    ServerWorld::message(client, body, world.offer_of(client, sources)));
  };
}

}  // namespace penstock::test
