// Runs a scenario: the whole server in virtual time, with people who publish and receive over links
// that are as bad as the scenario says. One seed is one call.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/quality/receiver_log.h"
#include "bench/quality/scenario.h"

namespace penstock::quality {

// Of one receiver, each tenth of a second.
struct Sample {
  Timestamp at = 0;  // of the call
  double sent_kbps = 0;
  double link_kbps = 0;      // 0: no limit
  double estimate_kbps = 0;  // the server's, of the way to it; 0: none
  double queue_ms = 0;       // the longest wait at the bottleneck
  double lost = 0;           // packets, on the link
  double width = 0;          // of the picture that is sent, of the first publisher
  bool is_frozen = false;
};
inline constexpr Duration kSampleInterval = 100 * kMillisecond;

struct ReceiverRecord {
  std::string name;
  ReceiverLog log;
  std::vector<Sample> samples;
};

struct PublisherRecord {
  std::uint64_t video_lost = 0;  // originals of video, on its uplink
  std::uint64_t keyframe_requests = 0;
  // Of what it numbered, how much never came to the first receiver.
  std::uint64_t video_missing = 0;
};

struct CallRecord {
  Timestamp began_at = 0;  // on the simulation's clock: time 0 of the scenario
  Timestamp ended_at = 0;
  std::vector<std::unique_ptr<ReceiverRecord>> receivers;
  std::vector<PublisherRecord> publishers;
  std::size_t server_failures = 0;  // what the simulation itself found wrong at its end
};

// `progress`: called with the time of the call, now and then.
CallRecord run_call(const Scenario& scenario, std::uint64_t seed,
                    const std::function<void(Duration)>& progress);

}  // namespace penstock::quality
