// The rate that the loss allows. Loss that goes away when less is sent was a queue's; loss that
// stays is the way's own, and sending less would not help. So when more is lost than the way is
// known to lose, a fifth less is sent for a while, and what becomes of the loss decides which of
// the two it was. State of an estimator; pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock {

class LossControl {
 public:
  // Of one feedback: packets that are newly known as received or lost, while `sent_bps` was sent
  // and `delivered_bps` arrived. `recovered`: were called lost before, and have come after all.
  struct Input {
    std::uint32_t received = 0;
    std::uint32_t lost = 0;
    std::uint32_t recovered = 0;
    double rate_bps = 0;  // what the delay allows
    double delivered_bps = 0;
    Duration rtt = 0;
    bool has_queue = false;  // a long one: what is lost meanwhile says nothing of the way itself
  };
  void update(const Input& input, Timestamp now);

  // As much was seen to arrive.
  void raise(double bps) {
    if (!is_trying_) cap_bps_ = std::max(cap_bps_, bps);
  }
  // At most this; infinite while loss says nothing.
  double cap_bps() const { return cap_bps_; }
  // Of a hundred packets, what is lost whatever is sent: 0 to 0.5.
  double inherent() const { return inherent_; }
  // That it fell by loss, lately.
  Timestamp decreased_at() const { return decreased_at_; }
  bool is_trying() const { return is_trying_; }

 private:
  static constexpr double kNoCap = 1e12;
  static constexpr double kExcessMax = 0.06;  // above what is inherent; beside what chance adds
  static constexpr double kInherentMax = 0.5;
  static constexpr double kTrialShare = 0.8;
  static constexpr double kMostLost = 0.35;
  static constexpr double kIncreasePerSecond = 0.08;
  static constexpr double kFreeFactor = 1.5;        // of what all else allows: the cap is of no use
  static constexpr std::uint32_t kPacketsMin = 60;  // of a window
  static constexpr Duration kWindowMin = 300 * kMillisecond;
  static constexpr Duration kWindowMax = 2 * kSecond;
  static constexpr Duration kReactionTime = 150 * kMillisecond;  // and a round trip

  void begin_window(Timestamp now);
  void increase(const Input& input, Timestamp now);
  void judge(double loss, const Input& input, Timestamp now);
  void end_trial(double loss, const Input& input, Timestamp now);
  void begin_trial(double loss, const Input& input, Timestamp now);

  double cap_bps_ = kNoCap;
  double inherent_ = 0;
  double loss_before_ = 0;  // the trial
  double cap_before_bps_ = kNoCap;
  bool is_trying_ = false;
  Timestamp window_began_at_ = -1;
  Timestamp waits_until_ = 0;  // what is fed back until then was sent before
  Timestamp increased_at_ = 0;
  Timestamp decreased_at_ = -kSecond;
  std::uint32_t received_ = 0;
  std::uint32_t lost_ = 0;
};

}  // namespace penstock
