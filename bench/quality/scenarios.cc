#include "bench/quality/scenarios.h"

#include <algorithm>

namespace penstock::quality {
namespace {

constexpr std::uint64_t kKilobit = 1'000;
constexpr std::uint64_t kMegabit = 1'000'000;

// A camera of 1280x720 as Chromium sends it in three encodings.
PublisherPlan camera() {
  return {.encodings = {{"q", 320, 180, 150 * kKilobit, 30 * kKilobit},
                        {"h", 640, 360, 500 * kKilobit, 150 * kKilobit},
                        {"f", 1'280, 720, 2'500 * kKilobit, 600 * kKilobit}},
          .uplink = {.conditions = {.delay = 5 * kMillisecond}}};
}

// Of what a crowd can be simulated with.
PublisherPlan small_camera() {
  return {.encodings = {{"q", 160, 90, 60 * kKilobit, 30 * kKilobit},
                        {"h", 320, 180, 120 * kKilobit, 60 * kKilobit},
                        {"f", 640, 360, 300 * kKilobit, 150 * kKilobit}},
          .uplink = {.conditions = {.delay = 5 * kMillisecond}}};
}

PublisherPlan single(std::uint64_t bitrate_bps) {
  return {.encodings = {{"", 640, 360, bitrate_bps, 30 * kKilobit}},
          .uplink = {.conditions = {.delay = 5 * kMillisecond}}};
}

// A link of this rate whose queue holds 400 ms.
LinkConditions link(std::uint64_t rate_bps, Duration round_trip) {
  return {.delay = round_trip / 2,
          .keeps_order = true,
          .rate_bps = rate_bps,
          .queue_time_max = 400 * kMillisecond};
}

LinkConditions with_loss(LinkConditions conditions, std::uint32_t percent) {
  conditions.loss_per_million = percent * 10'000;
  return conditions;
}

ReceiverPlan receiver(std::string name, const LinkConditions& downlink) {
  return {.name = std::move(name), .downlink = {{.conditions = downlink}}};
}

std::vector<Expectation> steady() {
  return {{"utilisation", 0.85, true},
          {"queue_delay_p95_ms", 100, false},
          {"oracle_violations", 0, false}};
}

std::vector<Expectation> repaired() {
  return {{"recovered_share", 0.995, true},
          {"frozen_share", 0.01, false},
          {"oracle_violations", 0, false}};
}

void add_steady_links(std::vector<Scenario>& all) {
  struct Link {
    const char* name;
    const char* text;
    std::uint64_t rate_bps;
    int round_trip_ms;
  };
  for (const Link& one : {Link{"link-300k", "300 kb/s, RTT 100 ms", 300 * kKilobit, 100},
                          Link{"link-700k", "700 kb/s, RTT 50 ms", 700 * kKilobit, 50},
                          Link{"link-1m", "1 Mb/s, RTT 200 ms", kMegabit, 200},
                          Link{"link-1m-rtt300", "1 Mb/s, RTT 300 ms", kMegabit, 300},
                          Link{"link-3m", "3 Mb/s, RTT 50 ms", 3 * kMegabit, 50},
                          Link{"link-10m", "10 Mb/s, RTT 20 ms", 10 * kMegabit, 20}}) {
    all.push_back(
        {.name = one.name,
         .description =
             std::string("A camera in three encodings to one receiver of ") + one.text + ".",
         .publishers = {camera()},
         .receivers = {receiver("receiver", link(one.rate_bps, one.round_trip_ms * kMillisecond))},
         .expectations = steady()});
  }
}

void add_steps(std::vector<Scenario>& all) {
  const LinkConditions wide = link(5 * kMegabit, 50 * kMillisecond);
  const LinkConditions narrow = link(500 * kKilobit, 50 * kMillisecond);
  all.push_back(
      {.name = "step",
       .description = "5 Mb/s become 500 kb/s after 15 s, and 5 Mb/s again after 35 s.",
       .publishers = {camera()},
       .receivers = {{.name = "receiver",
                      .downlink = {{0, wide}, {15 * kSecond, narrow}, {35 * kSecond, wide}}}},
       .duration = 55 * kSecond,
       .settled_at = 10 * kSecond,
       .down_at = 15 * kSecond,
       .up_at = 35 * kSecond,
       .expectations = {{"time_down_ms", 1'000, false},
                        {"time_up_ms", 10'000, false},
                        {"queue_delay_after_step_p95_ms", 300, false},
                        {"oracle_violations", 0, false}}});
}

void add_losses(std::vector<Scenario>& all) {
  const LinkConditions good = link(10 * kMegabit, 50 * kMillisecond);
  for (const std::uint32_t percent : {1U, 5U, 10U, 20U}) {
    const std::string text = std::to_string(percent) + " % random loss, RTT 50 ms";
    std::vector<Expectation> down = repaired();
    down.push_back({"utilisation", 0.85, true});
    if (percent > 10) down.erase(down.begin(), down.begin() + 2);
    all.push_back({.name = "loss-down-" + std::to_string(percent),
                   .description = text + " on the way to the receiver.",
                   .publishers = {camera()},
                   .receivers = {receiver("receiver", with_loss(good, percent))},
                   .expectations = down});
    PublisherPlan lossy = single(800 * kKilobit);
    lossy.uplink.conditions = {.loss_per_million = percent * 10'000, .delay = 25 * kMillisecond};
    std::vector<Expectation> up = {{"recovered_up_share", 0.995, true},
                                   {"frozen_share", 0.01, false},
                                   {"oracle_violations", 0, false}};
    if (percent > 10) up.erase(up.begin(), up.begin() + 2);
    all.push_back({.name = "loss-up-" + std::to_string(percent),
                   .description = text + " on the way from the publisher.",
                   .publishers = {lossy},
                   .receivers = {receiver("receiver", good)},
                   .expectations = up});
  }
  LinkConditions bursts = good;
  bursts.bursts = {.begin_per_million = 5'000, .end_per_million = 200'000};
  all.push_back({.name = "bursts",
                 .description =
                     "Losses in bursts of five packets on average, 2.4 % in all, on the way "
                     "to the receiver.",
                 .publishers = {camera()},
                 .receivers = {receiver("receiver", bursts)},
                 .expectations = repaired()});
}

void add_disorder(std::vector<Scenario>& all) {
  LinkConditions jitter = link(5 * kMegabit, 50 * kMillisecond);
  jitter.jitter = 30 * kMillisecond;
  all.push_back({.name = "jitter",
                 .description = "5 Mb/s with a delay of 25 to 55 ms that keeps the order.",
                 .publishers = {camera()},
                 .receivers = {receiver("receiver", jitter)},
                 .expectations = {{"utilisation", 0.85, true},
                                  {"frozen_share", 0.01, false},
                                  {"oracle_violations", 0, false}}});
  LinkConditions reordering = link(5 * kMegabit, 50 * kMillisecond);
  reordering.keeps_order = false;
  reordering.held_per_million = 20'000;
  reordering.held_for = 15 * kMillisecond;
  all.push_back({.name = "reordering",
                 .description = "2 % of the packets are overtaken by those of the next 15 ms.",
                 .publishers = {camera()},
                 .receivers = {receiver("receiver", reordering)},
                 .expectations = {{"utilisation", 0.85, true},
                                  {"frozen_share", 0.01, false},
                                  {"oracle_violations", 0, false}}});
}

void add_several(std::vector<Scenario>& all) {
  ReceiverPlan second = receiver("second", {});
  second.shares_link = true;
  second.downlink.clear();
  all.push_back({.name = "shared-link",
                 .description = "Two receivers behind one link of 3 Mb/s.",
                 .publishers = {camera()},
                 .receivers = {receiver("first", link(3 * kMegabit, 50 * kMillisecond)), second},
                 .duration = 60 * kSecond,
                 .settled_at = 20 * kSecond,
                 .expectations = {{"fairness", 0.8, true},
                                  {"queue_delay_p95_ms", 100, false},
                                  {"oracle_violations", 0, false}}});
  const LinkConditions fast = link(10 * kMegabit, 50 * kMillisecond);
  all.push_back({.name = "slow-beside-fast",
                 .description = "A receiver of 300 kb/s beside two of 10 Mb/s.",
                 .publishers = {camera()},
                 .receivers = {receiver("slow", link(300 * kKilobit, 50 * kMillisecond)),
                               receiver("fast", fast), receiver("other", fast)},
                 .expectations = {{"neighbours_lost", 0, false},
                                  {"utilisation", 0.85, true},
                                  {"oracle_violations", 0, false}}});
  std::vector<PublisherPlan> nine(9, camera());
  all.push_back({.name = "nine-streams",
                 .description = "Nine cameras to one receiver of 2 Mb/s.",
                 .publishers = nine,
                 .receivers = {receiver("receiver", link(2 * kMegabit, 50 * kMillisecond))},
                 .expectations = steady()});
}

void add_publishers(std::vector<Scenario>& all) {
  PublisherPlan changing = camera();
  for (int i = 0; i < 3; ++i) {
    const Duration at = (8 + 8 * i) * kSecond;
    changing.changes.push_back({at, "f", true});
    changing.changes.push_back({at + 2 * kSecond, "h", true});
    changing.changes.push_back({at + 4 * kSecond, "h", false});
    changing.changes.push_back({at + 6 * kSecond, "f", false});
  }
  all.push_back({.name = "changing-layers",
                 .description = "The publisher stops its larger encodings, and goes on, every few "
                                "seconds.",
                 .publishers = {changing},
                 .receivers = {receiver("receiver", link(10 * kMegabit, 50 * kMillisecond))},
                 .expectations = {{"frozen_share", 0.08, false}, {"oracle_violations", 0, false}}});
  PublisherPlan narrow = camera();
  narrow.adapts = true;
  narrow.uplink.conditions = link(kMegabit, 50 * kMillisecond);
  all.push_back({.name = "uplink-1m",
                 .description = "A publisher whose uplink has 1 Mb/s, and who adapts to it.",
                 .publishers = {narrow},
                 .receivers = {receiver("receiver", link(10 * kMegabit, 20 * kMillisecond))},
                 .expectations = {{"frozen_share", 0.01, false}, {"oracle_violations", 0, false}}});
}

void add_crowd(std::vector<Scenario>& all) {
  Scenario crowd{.name = "crowd",
                 .description = "500 receivers of one camera, every tenth of them with 250 kb/s.",
                 .publishers = {small_camera()},
                 .receivers = {},
                 .duration = 20 * kSecond,
                 .settled_at = 12 * kSecond,
                 .expectations = {{"utilisation", 0.85, true}, {"oracle_violations", 0, false}}};
  for (int i = 0; i < 500; ++i) {
    const bool is_slow = i % 10 == 0;
    crowd.receivers.push_back(receiver(
        std::to_string(i), link(is_slow ? 250 * kKilobit : 10 * kMegabit, 50 * kMillisecond)));
  }
  all.push_back(std::move(crowd));
}

std::vector<Scenario> make_all() {
  std::vector<Scenario> all;
  add_steady_links(all);
  add_steps(all);
  add_losses(all);
  add_disorder(all);
  add_several(all);
  add_publishers(all);
  add_crowd(all);
  return all;
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = make_all();
  return all;
}

const Scenario* find_scenario(std::string_view name) {
  const auto found = std::ranges::find(scenarios(), name, &Scenario::name);
  return found == scenarios().end() ? nullptr : &*found;
}

}  // namespace penstock::quality
