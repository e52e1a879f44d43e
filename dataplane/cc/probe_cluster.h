// A probe: for a short time more is sent than is known to arrive, and the rate at which that comes
// says what the way carries. One at a time, from its beginning until it is judged. State of an
// estimator; pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/base/time.h"

namespace penstock {

class ProbeCluster {
 public:
  // All that is sent from now on, for so long, is of it; `rate_before_bps` is what was allowed.
  void begin(double target_bps, double rate_before_bps, Duration length, Timestamp now);
  // No more is sent of it, and it is not judged.
  void abandon() { state_ = State::kNone; }

  // What a packet that is sent now is marked with (SentPacket::probe). Called per packet.
  std::uint8_t mark(std::size_t bytes) {
    if (state_ != State::kSending) [[likely]]
      return 0;
    sent_bytes_ += static_cast<std::uint32_t>(bytes);
    ++sent_packets_;
    return id_;
  }

  // What is missing of its rate by now, in bytes, beside the media.
  std::size_t due_bytes(Timestamp now);
  // What is sent of it in all, with the media.
  std::size_t bytes() const {
    return static_cast<std::size_t>(target_bps_ * static_cast<double>(ends_at_ - began_at_) /
                                    kSecond / 8);
  }
  bool is_sending() const { return state_ == State::kSending; }
  // True until it is judged or abandoned.
  bool is_there() const { return state_ != State::kNone; }
  // What it has filled on the way may be there until `drained` after its end.
  bool is_felt(Timestamp now, Duration drained) const {
    return began_at_ >= 0 && now < ends_at_ + drained;
  }
  double target_bps() const { return target_bps_; }
  double rate_before_bps() const { return rate_before_bps_; }

  // A packet with this mark has arrived; the times are on two clocks.
  void take(std::uint8_t mark, Timestamp sent_at, Timestamp arrived_at, std::size_t bytes);

  // Once it can be judged: the rate that the way carries, or 0 if too little of it came to say.
  // Empty before, and after it was told.
  std::optional<double> judge(Timestamp now, Duration rtt);
  // The same of what has come so far, and afterwards; 0: too little.
  double carried_bps() const { return came_packets_ < kPacketsMin ? 0 : arrival_bps(); }

 private:
  enum class State : std::uint8_t { kNone, kSending, kSent };
  static constexpr std::uint32_t kPacketsMin = 5;
  static constexpr double kShareMin = 0.6;  // of what was sent
  static constexpr double kRatioMax = 2;    // of the rates of arrival and of sending: nonsense
  static constexpr double kFullShare = 0.9;
  static constexpr double kFullTarget = 0.97;  // of what a full way carries, so that it empties
  static constexpr Duration kFeedbackTime = 250 * kMillisecond;

  double arrival_bps() const;

  State state_ = State::kNone;
  std::uint8_t id_ = 0;
  double target_bps_ = 0;
  double rate_before_bps_ = 0;
  Timestamp began_at_ = -1;
  Timestamp ends_at_ = -1;
  std::uint32_t sent_bytes_ = 0;
  std::uint32_t sent_packets_ = 0;

  std::uint32_t came_bytes_ = 0;
  std::uint32_t came_packets_ = 0;
  std::uint32_t first_bytes_ = 0;  // of the packet that came first,
  std::uint32_t last_bytes_ = 0;   // and of the one that was sent last
  Timestamp first_sent_at_ = 0;
  Timestamp last_sent_at_ = 0;
  Timestamp first_arrived_at_ = 0;
  Timestamp last_arrived_at_ = 0;
};

}  // namespace penstock
