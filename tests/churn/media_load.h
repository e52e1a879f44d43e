// penstock-load beside what a scenario does: a media mix of a carrier's rooms through a worker, and
// what came of it, in windows. Functions throw std::runtime_error when it cannot be had.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/time.h"
#include "tests/integration/harness/child_process.h"
#include "tests/support/temporary_folder.h"

namespace penstock::churn {

// How long each part of the steady state is.
inline constexpr double kMediaWindowSeconds = 0.25;

struct MediaWindow {
  Timestamp began_at = 0;  // CLOCK_MONOTONIC
  Timestamp ended_at = 0;
  Duration delay_p99 = 0;
};

struct MediaOutcome {
  std::uint64_t expected_packets = 0;
  std::uint64_t lost_packets = 0;
  double packets_per_second = 0;
  // Why the load may have set the figures; empty if it did not.
  std::string bottleneck_reason = {};
  std::vector<MediaWindow> windows = {};
};

class MediaLoad {
 public:
  // Gives a device the addresses of its peers: a server limits what one address may do.
  static void add_addresses(const std::string& device);

  // In the network namespace of the calling thread.
  MediaLoad(std::uint64_t subscribers, double seconds);

  // Until everybody has joined and media is measured.
  void wait_until_steady();
  // When it has ended by itself.
  MediaOutcome finish();

 private:
  std::filesystem::path output_path() const { return folder_.path() / "output"; }
  std::filesystem::path json_path() const { return folder_.path() / "load.json"; }

  test::TemporaryFolder folder_;
  std::optional<integration::ChildProcess> process_;
};

// penstock-load's JSON. Pure.
MediaOutcome parse_media_outcome(const std::string& text);

}  // namespace penstock::churn
