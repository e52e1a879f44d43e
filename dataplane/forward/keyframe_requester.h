// When to ask a publisher for a keyframe, whatever the number of receivers that want one (RFC 4585
// section 6.3.1): the first request passes at once, later ones wait for the
// interval (Stream::keyframe_interval), and one that waited is sent at its end unless a keyframe
// came meanwhile. State of one encoding, on the publisher's worker. Time is an argument.
#pragma once

#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock {

class KeyframeRequester {
 public:
  // A receiver wants a keyframe. True: send a PLI now.
  bool request(Timestamp now, Duration interval) {
    want();
    return take(now, interval);
  }
  // The same where no PLI can be sent at once: poll() will say it.
  void want() { is_wanted_ = true; }
  // True: a request that had to wait, or that got no keyframe, is due now.
  bool poll(Timestamp now, Duration interval) { return is_wanted_ && take(now, interval); }
  // When poll() will say so; kNever if nobody waits.
  Timestamp due_at(Duration interval) const {
    if (!is_wanted_) return kNever;
    return has_sent_ ? sent_at_ + interval : 0;
  }
  // Another sender is to be asked from now on: what the one before was asked does not count.
  void change_sender() { has_sent_ = false; }
  // A keyframe has begun: everybody who waited can start with it.
  void on_keyframe() { is_wanted_ = false; }

 private:
  bool take(Timestamp now, Duration interval) {
    if (has_sent_ && now - sent_at_ < interval) return false;
    has_sent_ = true;
    sent_at_ = now;
    return true;
  }

  bool is_wanted_ = false;
  bool has_sent_ = false;
  Timestamp sent_at_ = 0;
};

}  // namespace penstock
