// Whether whoever is heard in a stream of audio talks: the levels that come with the packets
// (RFC 6464), averaged over periods of so many packets. That is how Janus has it, whose clients
// choose both numbers. State of one stream, on its owner's worker; time is an argument.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/api/stream_config.h"
#include "dataplane/base/time.h"

namespace penstock {

class TalkDetector {
 public:
  // Who sends nothing in silence (DTX) ends no period; after so long it is silence.
  static constexpr Duration kSilenceAfter = kSecond;
  static constexpr std::uint8_t kSilentLevel = 127;

  struct Change {
    bool is_talking = false;
    float level_average = 0;  // -dBov
  };

  // A packet of this level, in -dBov.
  void take(const AudioRule& rule, std::uint8_t level, Timestamp now) {
    heard_at_ = now;
    sum_ += level;
    if (++count_ >= rule.packets) end_period(rule);
  }

  // What has changed and was not told yet; once it is, told() follows.
  std::optional<Change> poll(Timestamp now) {
    if (is_talking_ && now - heard_at_ >= kSilenceAfter) {
      is_talking_ = false;
      average_ = kSilentLevel;
      sum_ = count_ = 0;
    }
    if (is_talking_ == is_told_talking_) return std::nullopt;
    return Change{is_talking_, average_};
  }
  void told() { is_told_talking_ = is_talking_; }

 private:
  void end_period(const AudioRule& rule) {
    average_ = static_cast<float>(sum_) / static_cast<float>(count_);
    is_talking_ = average_ < static_cast<float>(rule.level_max);
    sum_ = count_ = 0;
  }

  Timestamp heard_at_ = 0;
  std::uint32_t sum_ = 0;
  std::uint32_t count_ = 0;
  float average_ = kSilentLevel;
  bool is_talking_ = false;
  bool is_told_talking_ = false;
};

}  // namespace penstock
