// What one receiver of a stream says when it cannot go on without a keyframe (PLI, RFC 4585; FIR,
// RFC 5104), and what that means: how often it is passed on, and which lost packets are of no use
// any more. State of a subscription, on its receiver's worker; time is an argument.
//
// A receiver that has given up on what it has would still be sent again what it asked for before,
// on a way that is bad enough already: that is refused. If the keyframe that it needs is already on
// its way, it and what follows it are sent again all the same.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/coarse_time.h"

namespace penstock {

class ReceiverKeyframes {
 public:
  // Between two requests: a round trip and a little more, at most kIntervalMax, which is also what
  // counts before the round trip is known. And so many in kPeriod: a receiver whose way is too bad
  // for keyframes must not cost everybody else their picture.
  static constexpr Duration kRoundTripMargin = 10 * kMillisecond;
  static constexpr Duration kIntervalMax = 200 * kMillisecond;
  static constexpr std::size_t kRequestsMax = 3;
  static constexpr Duration kPeriod = 10 * kSecond;

  // The receiver asks, with this round trip (0: not known), having been sent everything up to
  // `newest_sent` (extended). True: pass it on.
  bool request(Timestamp now, Duration round_trip, std::uint64_t newest_sent) {
    const Duration interval =
        round_trip == 0 ? kIntervalMax : std::min(round_trip + kRoundTripMargin, kIntervalMax);
    CoarseTime& oldest = requested_at_[count_ % kRequestsMax];
    if (count_ != 0 && requested_at_[(count_ - 1) % kRequestsMax].passed(now) < interval)
      return false;
    if (count_ >= kRequestsMax && oldest.passed(now) < kPeriod) return false;
    oldest = CoarseTime(now);
    ++count_;
    const bool is_under_way = keyframe_at_ != kNever && now - keyframe_at_ <= interval;
    useful_from_ = is_under_way ? keyframe_ : newest_sent + 1;
    return true;
  }

  // The first packet of a keyframe is sent, under this number.
  void on_keyframe_sent(std::uint64_t sequence, Timestamp now) {
    keyframe_ = sequence;
    keyframe_at_ = now;
  }

  // Whether the packet with this number helps the receiver.
  bool is_useful(std::uint64_t sequence) const { return sequence >= useful_from_; }

 private:
  std::uint64_t useful_from_ = 0;
  std::uint64_t keyframe_ = 0;
  Timestamp keyframe_at_ = kNever;
  // A ring, and how many there were.
  std::array<CoarseTime, kRequestsMax> requested_at_{};
  std::uint32_t count_ = 0;
};

}  // namespace penstock
