// Goal: whatever people do and networks do to them, nothing is forwarded twice, mixed up or leaked,
// and once the network is well again everybody who should sees everybody. Method: many seeds, each
// a call in which people join, publish, stop, subscribe, pause, restart ICE, leave and vanish at
// random, on links whose conditions change at random, with one to three workers.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

#include "tests/sim/expectations.h"
#include "tests/sim/scenario.h"
#include "tests/support/scale.h"

namespace penstock::sim {
namespace {

constexpr std::uint64_t kSeeds = 200;
constexpr std::size_t kPeopleMax = 5;  // at the same time
constexpr Duration kChaos = 15 * kSecond;
constexpr Duration kRecovery = 10 * kSecond;

class Chaos {
 public:
  explicit Chaos(std::uint64_t seed)
      : sim_({.seed = seed,
              .workers = 1 + seed % 3,
              .room_peers_per_worker_max = seed % 2 == 0 ? 1U : 3U}),
        prng_(seed * 7'919) {}

  void run() {
    while (sim_.now() < kSecond + kChaos) {
      act();
      sim_.run_for(static_cast<Duration>(prng_.below(800)) * kMillisecond);
    }
    for (Person* person : present()) {
      person->set_links({}, {});
      person->resume();
    }
    sim_.run_for(kRecovery);
    expect_well();
  }
  Timestamp now() const { return sim_.now(); }
  std::size_t pairs() const { return pairs_; }
  const ReclaimOracle& reclaims() const { return sim_.server().reclaims(); }

 private:
  std::vector<Person*> present() const {
    std::vector<Person*> found;
    for (const auto& person : sim_.people()) {
      if (!person->is_gone()) found.push_back(person.get());
    }
    return found;
  }

  void act() {
    const std::vector<Person*> people = present();
    if (prng_.below(12) == 0) return hiccup();
    if (people.size() < 2 || (people.size() < kPeopleMax && prng_.below(4) == 0)) return join();
    Person& person = *people[prng_.below(people.size())];
    switch (prng_.below(9)) {
      case 0:
      case 1:
        return person.is_publishing() ? person.unpublish() : person.publish();
      case 2:
        return person.subscribe_to_everyone();
      case 3:
        return person.pause();
      case 4:
        return person.resume();
      case 5:
        return person.restart_ice();
      case 6:
        return change_links(person);
      case 7:
        return person.leave();
      case 8:
        return prng_.below(2) == 0 ? person.kill() : change_links(person);
    }
  }

  void join() {
    Person& person = sim_.join(kRoom, "p" + std::to_string(sim_.people().size()));
    if (prng_.below(4) != 0) person.publish();
    if (prng_.below(4) != 0) person.subscribe_to_everyone();
    change_links(person);
  }

  // A worker or the control plane stands still for a while.
  void hiccup() {
    const auto worker = static_cast<WorkerIndex>(prng_.below(sim_.config().workers));
    const bool is_control = prng_.below(2) == 0;
    is_control ? sim_.server().stop_control(true) : sim_.server().stop_worker(worker, true);
    sim_.run_for(static_cast<Duration>(prng_.below(1'500)) * kMillisecond);
    sim_.server().resume_all();
  }

  LinkConditions any_link() {
    return {.loss_per_million = static_cast<std::uint32_t>(prng_.below(100'000)),
            .duplicate_per_million = static_cast<std::uint32_t>(prng_.below(50'000)),
            .delay = static_cast<Duration>(prng_.below(100)) * kMillisecond,
            .jitter = static_cast<Duration>(prng_.below(30)) * kMillisecond};
  }
  void change_links(Person& person) { person.set_links(any_link(), any_link()); }

  void expect_well() {
    EXPECT_EQ(sim_.server().ownership_findings(), std::vector<std::string>{});
    for (const auto& person : sim_.people()) {
      if (person->subscriber() == nullptr) continue;
      for (const auto& [ssrc, stream] : person->subscriber()->webrtc->received()) {
        // The network doubles packets; the receiver's replay check counts those apart.
        EXPECT_EQ(stream.duplicates, 0U) << person->name();
        EXPECT_EQ(stream.foreign, 0U) << person->name();
        EXPECT_TRUE(stream.is_order_kept()) << person->name();
      }
    }
    for (const Person* person : present()) {
      for (const Person* other : present()) {
        if (person == other || !person->wants_everyone() || !other->is_publishing()) continue;
        EXPECT_TRUE(sees_now(sim_, *person, *other)) << person->name() << " <- " << other->name();
        ++pairs_;
      }
    }
  }

  Simulation sim_;
  Prng prng_;
  std::size_t pairs_ = 0;  // who had to see whom at the end
};

TEST(ChaosTest, TwoHundredSeeds) {
  const std::size_t seeds = test::scaled(kSeeds);
  const auto started = std::chrono::steady_clock::now();
  Duration simulated = 0;
  std::size_t pairs = 0;
  std::uint64_t reclaimed = 0;
  Duration longest_wait = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Chaos chaos(seed);
    chaos.run();
    simulated += chaos.now() - kSecond;
    pairs += chaos.pairs();
    reclaimed += chaos.reclaims().measured();
    longest_wait = std::max(longest_wait, chaos.reclaims().longest());
    if (HasFailure()) break;
  }
  EXPECT_GT(pairs, seeds) << "too little was going on";
  EXPECT_GT(reclaimed, 10 * seeds);
  EXPECT_LE(longest_wait, kReclaimBound);
  std::printf("%llu objects reclaimed, each within %.0f ms of its retirement\n",
              static_cast<unsigned long long>(reclaimed),
              static_cast<double>(longest_wait) / kMillisecond);
  const std::chrono::duration<double> real = std::chrono::steady_clock::now() - started;
  const double seconds = static_cast<double>(simulated) / kSecond;
  std::printf("%.0f simulated seconds in %.1f s: %.0f per second; %zu views at the ends\n", seconds,
              real.count(), seconds / real.count(), pairs);
}

}  // namespace
}  // namespace penstock::sim
