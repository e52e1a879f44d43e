// When video may go to one receiver: at a multiple of the rate at which it is made, so that a frame
// of many packets does not fill the receiver's queue on the way. The rate is measured until an
// estimate of the way is there. A token bucket, as the time at which all that was sent would have
// gone at the pace. State of one transport, on its worker.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock {

class Pace {
 public:
  // What a packet takes on the way besides its payload: RTP, SRTP, UDP and IP.
  static constexpr std::size_t kHeaderBytes = 12 + 16 + 28;
  // What may go ahead of its time: as much as senders allow themselves (libwebrtc's pacer), three
  // frames of the usual size, so that only what is larger waits (docs/adr/0024).
  static constexpr Duration kBurst = 40 * kMillisecond;
  // Of a keyframe, which is ten of them: it is spread from its beginning on.
  static constexpr Duration kKeyframeBurst = 5 * kMillisecond;
  // Over which the rate is measured. A receiver is not paced before the first has passed.
  static constexpr Duration kMeasureInterval = 250 * kMillisecond;
  // What waits goes within so long, whatever the pace: of a stream that rests, nothing can be
  // learned about its next keyframe.
  static constexpr Duration kDelayMax = 200 * kMillisecond;

  // True if a packet may go now.
  bool is_open(Timestamp now) const { return free_at_ <= now + kBurst; }
  // What is sent again does not wait, but is refused while this much more than a burst is ahead of
  // its time: it is asked for again, and would be late in the receiver's queue as well.
  static constexpr Duration kResendAhead = 60 * kMillisecond;
  bool takes_resend(Timestamp now) const { return free_at_ <= now + kBurst + kResendAhead; }
  // When the next one may.
  Timestamp opens_at() const { return free_at_ - kBurst; }
  // One of so many bytes goes.
  void take(Timestamp now, std::size_t bytes) {
    free_at_ = std::max(free_at_, now) + static_cast<Duration>(bytes * ns_per_kibibyte_ / 1'024);
  }

  // A keyframe begins. Before its first packet.
  void begin_keyframe(Timestamp now) {
    free_at_ = std::max(free_at_, now + kBurst - kKeyframeBurst);
  }

  // So many bytes are for the receiver, now or later: what the rate is measured by. Called per
  // packet.
  void offer(std::size_t bytes) { offered_bytes_ += static_cast<std::uint32_t>(bytes); }
  // Once in a while; `percent` of the rate is the pace, 0: there is none. `estimate_bps`: what the
  // way carries, in place of what is measured; 0: it is not known.
  void measure(Timestamp now, std::uint32_t percent, double estimate_bps = 0);
  // So much waits.
  void hurry(std::size_t bytes_waiting) {
    const auto limit = static_cast<std::uint64_t>(kDelayMax) * 1'024 / bytes_waiting;
    ns_per_kibibyte_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(ns_per_kibibyte_, limit));
  }

 private:
  Timestamp free_at_ = 0;
  Timestamp measured_at_ = 0;
  std::uint32_t ns_per_kibibyte_ = 0;  // 0: no pace
  std::uint32_t offered_bytes_ = 0;    // since measured_at_
  std::uint32_t rate_before_ = 0;      // of the interval before, bytes per second
};

}  // namespace penstock
