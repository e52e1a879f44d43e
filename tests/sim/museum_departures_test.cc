// Goal: leave, unpublish, hangup, kick, detach, destroy of the session and destroy of the room may
// come in any order, in the same millisecond or one after the other, and end in the same place.
// Method: a call of three in a room of its own; then one sequence of departures of the one in the
// middle, every permutation of three of the seven, with gaps of 0, 1 and 45 ms.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"
#include "tests/support/scale.h"

namespace penstock::sim {
namespace {

enum Departure : std::uint8_t {
  kLeave,
  kUnpublish,
  kHangup,
  kKick,
  kDetach,
  kDestroySession,
  kDestroyRoom,
  kDepartures
};
constexpr const char* kNames[] = {"leave",  "unpublish",       "hangup",      "kick",
                                  "detach", "destroy session", "destroy room"};

using Order = std::vector<std::uint8_t>;

// Every ordered choice of `length`.
std::vector<Order> all_orders(std::size_t length) {
  if (length == 0) return {{}};
  std::vector<Order> orders;
  for (const Order& shorter : all_orders(length - 1)) {
    for (std::uint8_t next = 0; next < kDepartures; ++next) {
      if (std::ranges::find(shorter, next) != shorter.end()) continue;
      orders.push_back(shorter);
      orders.back().push_back(next);
    }
  }
  return orders;
}

std::string to_string(const Order& order) {
  std::string text;
  for (const std::uint8_t departure : order) text += std::string(kNames[departure]) + ", ";
  return text;
}

struct Rhythm {
  std::size_t length;
  Duration gap;
};

class Departures : public testing::TestWithParam<Rhythm> {
 protected:
  void start_audio_call(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      Person& person = sim_.join(kDoomed, "person" + std::to_string(sim_.people().size()));
      person.publish({audio(person.watermark())});
      person.subscribe_to_everyone();
    }
  }
  void apply(std::uint8_t departure, Person& leaver) {
    switch (departure) {
      case kLeave:
        return leaver.say({{"request", "leave"}});
      case kUnpublish:
        return leaver.say({{"request", "unpublish"}});
      case kHangup:
        return leaver.hang_up();
      case kKick:
        return host_.say({{"request", "kick"}, {"room", kDoomed}, {"id", leaver.id()}});
      case kDetach:
        return leaver.detach_publisher();
      case kDestroySession:
        return leaver.destroy_session();
      default:
        return host_.destroy_room(kDoomed);
    }
  }

  Simulation sim_{{.seed = 311, .workers = 2, .room_peers_per_worker_max = 2}};
  Person& host_ = sim_.join(kRoom, "host");
};

TEST_P(Departures, InEveryOrderEndInTheSamePlace) {
  sim_.run_for(kSecond);
  const Census before = sim_.server().census();
  const auto orders = all_orders(GetParam().length);
  for (std::size_t at = 0; at < orders.size(); at += test::stride(5)) {
    const auto& order = orders[at];
    SCOPED_TRACE(to_string(order));
    host_.create_room(kDoomed);
    sim_.run_for(50 * kMillisecond);
    const std::size_t first = sim_.people().size();
    start_audio_call(3);
    sim_.run_for(300 * kMillisecond);
    ASSERT_EQ(sim_.server().media().counts().peers, 6U);
    Person& leaver = *sim_.people()[first + 1];
    for (const std::uint8_t departure : order) {
      apply(departure, leaver);
      sim_.run_for(GetParam().gap);
    }
    sim_.run_for(300 * kMillisecond);
    const bool is_destroyed = std::ranges::find(order, kDestroyRoom) != order.end();
    const Census now = sim_.server().census();
    // The other two go on, or everything is gone.
    EXPECT_EQ(now.at("published streams"), is_destroyed ? 0U : 2U);
    EXPECT_EQ(now.at("rooms"), before.at("rooms") + (is_destroyed ? 0 : 1));
    if (!is_destroyed) host_.destroy_room(kDoomed);
    for (std::size_t i = first; i < sim_.people().size(); ++i) sim_.people()[i]->leave();
    sim_.run_for(200 * kMillisecond);
    expect_census(sim_, before);
    if (HasFailure()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Rhythms, Departures,
                         testing::Values(Rhythm{3, 0}, Rhythm{2, kMillisecond},
                                         Rhythm{2, 45 * kMillisecond}),
                         [](const auto& test) {
                           return std::to_string(test.param.gap / kMillisecond) + "ms";
                         });

}  // namespace
}  // namespace penstock::sim
