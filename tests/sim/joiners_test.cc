// Goal: people who enter a room one after the other have a picture at once, and the publisher makes
// no keyframe for each of them. Method: virtual time; a new keyframe when the first one enters,
// within a second of it the others.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"

namespace penstock::sim {
namespace {

constexpr std::size_t kJoiners = 6;
constexpr Duration kPictureWithin = 100 * kMillisecond;

Person& enter(Simulation& sim) {
  Person& person = sim.join(kRoom, "person" + std::to_string(sim.people().size() + 1));
  person.subscribe_to_everyone();
  return person;
}

std::uint64_t asked(const Simulation& sim, std::size_t workers) {
  std::uint64_t count = 0;
  for (WorkerIndex i = 0; i < workers; ++i)
    count += sim.server().stats(i).keyframes_requested.get();
  return count;
}

bool has_picture(const Person& person, const Person& publisher) {
  const auto streams = streams_from(person, publisher, MediaKind::kVideo);
  return std::ranges::any_of(streams, [](const auto* stream) { return stream->keyframes != 0; });
}

struct Joiner {
  Person* person = nullptr;
  Timestamp connected_at = kNever;
  Timestamp picture_at = kNever;

  bool has_picture() const { return picture_at != kNever; }
  void look(const Person& publisher, Timestamp now) {
    const bool is_connected =
        person->subscriber() != nullptr && person->subscriber()->was_connected;
    if (is_connected && connected_at == kNever) connected_at = now;
    if (!has_picture() && sim::has_picture(*person, publisher)) picture_at = now;
  }
};

void joiners_have_pictures(SimulationConfig config) {
  const std::size_t workers = config.workers;
  Simulation sim(std::move(config));
  start_call(sim, 1);
  sim.run_for(3 * kSecond);
  Person& publisher = *sim.people().front();
  Person& first = enter(sim);
  ASSERT_TRUE(sim.run_until([&] { return has_picture(first, publisher); }, 5 * kSecond));
  const std::uint64_t asked_before = asked(sim, workers);
  std::vector<Joiner> joiners;
  for (std::size_t i = 0; i < kJoiners; ++i) {
    joiners.push_back({.person = &enter(sim)});
    sim.run_for(20 * kMillisecond);
  }
  EXPECT_TRUE(sim.run_until(
      [&] {
        for (Joiner& joiner : joiners) joiner.look(publisher, sim.now());
        return std::ranges::all_of(joiners, &Joiner::has_picture);
      },
      5 * kSecond));
  for (const Joiner& joiner : joiners)
    EXPECT_LE(joiner.picture_at - joiner.connected_at, kPictureWithin) << joiner.person->name();
  EXPECT_EQ(asked(sim, workers), asked_before);
  sim.run_for(2 * kSecond);
  for (const auto& person : sim.people()) {
    if (person.get() != &publisher) expect_sees(*person, publisher);
  }
}

TEST(Joiners, HaveAPictureAtOnceAndThePublisherIsNotAsked) { joiners_have_pictures({.seed = 141}); }

TEST(Joiners, TheSameWithSeveralWorkers) { joiners_have_pictures({.seed = 142, .workers = 3}); }

}  // namespace
}  // namespace penstock::sim
