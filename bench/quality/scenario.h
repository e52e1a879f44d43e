// What a call is like that penstock-quality runs: who publishes what, who receives it over which
// links, and what is expected of it. Values; times are from the beginning of the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/bridge/link_model.h"
#include "dataplane/base/time.h"

namespace penstock::quality {

using bridge::LinkConditions;

// Conditions from a time of the call on.
struct LinkPhase {
  Duration from = 0;
  LinkConditions conditions;
};

// An encoding of a camera, by the numbers of a browser's simulcast.
struct EncodingPlan {
  std::string rid;
  std::uint16_t width = 0;
  std::uint16_t height = 0;
  std::uint64_t bitrate_bps = 0;      // what it takes if it may,
  std::uint64_t bitrate_min_bps = 0;  // and without which it is not sent
};

// The publisher stops an encoding, or goes on with it.
struct EncodingChange {
  Duration at = 0;
  std::string rid;
  bool is_paused = false;
};

struct PublisherPlan {
  std::vector<EncodingPlan> encodings;  // smallest first; one: no simulcast
  LinkPhase uplink{};
  bool adapts = false;  // to its uplink, as transport-cc tells it
  std::vector<EncodingChange> changes{};
};

struct ReceiverPlan {
  std::string name;
  std::vector<LinkPhase> downlink;
  bool shares_link = false;  // that of the receiver before it
};

// What a figure has to be; see figures.h for their names.
struct Expectation {
  std::string figure;
  double limit = 0;
  bool is_minimum = false;
};

struct Scenario {
  std::string name;
  std::string description;
  std::vector<PublisherPlan> publishers;
  std::vector<ReceiverPlan> receivers;
  Duration duration = 40 * kSecond;
  Duration settled_at = 12 * kSecond;  // figures of the steady state are from then on
  // The first receiver's link becomes worse, and better again.
  std::optional<Duration> down_at{};
  std::optional<Duration> up_at{};
  std::vector<Expectation> expectations{};
};

// The link of a receiver, and what it is at a time.
inline const std::vector<LinkPhase>& phases_of(const Scenario& scenario, std::size_t receiver) {
  while (scenario.receivers[receiver].shares_link) --receiver;
  return scenario.receivers[receiver].downlink;
}

inline const LinkConditions& conditions_at(const std::vector<LinkPhase>& phases, Duration time) {
  const LinkPhase* found = &phases.front();
  for (const LinkPhase& phase : phases) {
    if (phase.from <= time) found = &phase;
  }
  return found->conditions;
}

}  // namespace penstock::quality
