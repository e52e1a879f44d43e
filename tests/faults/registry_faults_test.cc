// Goal: whatever pool is full and whatever ring takes nothing, a call of the data plane is done
// completely or not at all, and what was sent to a worker arrives in the end. Method: each call
// with every one of its pool takes and ring pushes failing in turn, with real workers on the
// simulated platform. There are no exceptions here, and no memory is allocated.
#include <cstdio>
#include <span>

#include "tests/faults/registry_world.h"

namespace penstock {
namespace {

using test::FallibleCall;
using test::Promise;
using World = test::RegistryWorld;

void expect_survives(const FallibleCall<World>& call, std::size_t points) {
  const auto counts = test::fail_at_every_point(call);
  std::printf("%-36s %2llu points, refused at %llu\n", call.name.c_str(),
              static_cast<unsigned long long>(counts.points),
              static_cast<unsigned long long>(counts.refused));
  EXPECT_GE(counts.points, points) << call.name << ": fewer points than it must have";
}

void expect_survives(const std::string& name, std::size_t subscriptions,
                     std::function<bool(World&)> attempt, Promise promise, std::size_t points) {
  expect_survives({.name = name,
                   .make_world = [=] { return std::make_unique<World>(subscriptions); },
                   .attempt = std::move(attempt),
                   .promise = promise},
                  points);
}

TEST(RegistryFaults, CreatesAreDoneCompletelyOrNotAtAll) {
  using enum Promise;
  expect_survives(
      "create_transport", 0,
      [](World& world) {
        const auto made = world.registry.create_transport({});
        if (made) world.transports.push_back(*made);
        return made.has_value();
      },
      kAllOrNothing, 2);
  expect_survives(
      "create_stream", 0,
      [](World& world) {
        const auto made = world.make_stream();
        if (made) world.registry.destroy_stream(std::exchange(world.stream, *made), kSecond);
        return made.has_value();
      },
      kAllOrNothing, 2);
  // In an empty list, in a chunk with room, and with a chunk that is full.
  for (const std::size_t before : {0UL, 1UL, 29UL, 30UL, 31UL, 60UL}) {
    expect_survives(test::create_subscription_call(before), 2);
  }
}

// Several that belong together: all of them, or none.
TEST(RegistryFaults, ARetargetIsDoneCompletelyOrNotAtAll) {
  using enum Promise;
  for (const std::size_t moved : {1UL, 2UL, 30UL, 31UL}) {
    expect_survives(
        "retarget " + std::to_string(moved) + " of 60", 60,
        [moved](World& world) {
          const std::span<const SubscriptionHandle> moving = std::span(world.listed).first(moved);
          for (const SubscriptionHandle each : moving) {
            if (world.registry.prepare_retarget(each, world.other)) continue;
            for (const SubscriptionHandle prepared : moving)
              world.registry.cancel_retarget(prepared);
            return false;
          }
          for (const SubscriptionHandle each : moving)
            world.registry.commit_retarget(each, {.stream = world.other});
          return true;
        },
        kAllOrNothing, moved + 1);
  }
}

TEST(RegistryFaults, KeysAreSetOrRefused) {
  expect_survives(
      "set_srtp_keys", 1,
      [](World& world) {
        return world.registry.set_srtp_keys(world.transports[1], {}).has_value();
      },
      Promise::kAllOrNothing, 2);
}

TEST(RegistryFaults, EndingsAreAlwaysDone) {
  using enum Promise;
  for (const std::size_t before : {1UL, 30UL, 31UL, 60UL}) {
    for (const bool is_first : {true, false}) {
      expect_survives(
          "destroy_subscription, " + std::to_string(before) + " listed", before,
          [is_first](World& world) {
            const SubscriptionHandle gone = is_first ? world.listed.front() : world.listed.back();
            world.registry.destroy_subscription(gone, kSecond);
            std::erase(world.listed, gone);
            return true;
          },
          kAlwaysDone, 0);
    }
  }
  expect_survives(
      "destroy_stream", 60,
      [](World& world) {
        world.registry.destroy_stream(world.stream, kSecond);
        return true;
      },
      kAlwaysDone, 0);
  expect_survives(
      "destroy_transport", 60,
      [](World& world) {
        world.registry.destroy_transport(world.transports[1], kSecond);
        return true;
      },
      kAlwaysDone, 0);
}

TEST(RegistryFaults, WhatAFullRingDoesNotTakeArrivesLater) {
  using enum Promise;
  expect_survives(
      "set_extensions", 1,
      [](World& world) {
        world.registry.set_extensions(world.transports[1], {}, {});
        return true;
      },
      kAlwaysDone, 2);
  expect_survives(
      "set_transport_options", 1,
      [](World& world) {
        world.registry.set_transport_options(world.transports[1], {.is_reduced_size = true});
        return true;
      },
      kAlwaysDone, 1);
  expect_survives(
      "set_paused", 1,
      [](World& world) {
        world.registry.set_paused(world.listed[0], true);
        return true;
      },
      kAlwaysDone, 1);
  expect_survives(
      "request_keyframe", 1,
      [](World& world) {
        world.registry.request_keyframe(world.stream);
        return true;
      },
      kAlwaysDone, 1);
  const std::array<std::uint8_t, 4> datagram{};
  expect_survives(
      "send_datagram", 0,
      [&](World& world) {
        world.registry.send_datagram(0, {}, datagram);
        return true;
      },
      kAlwaysDone, 1);
}

}  // namespace
}  // namespace penstock
