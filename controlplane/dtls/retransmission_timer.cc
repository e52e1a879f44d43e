#include "controlplane/dtls/retransmission_timer.h"

#include <algorithm>

namespace penstock {

unsigned int RetransmissionTimer::next_interval_us(bool is_new_flight) {
  if (is_new_flight) {
    interval_ = initial_;
    retransmissions_left_ = kRetransmissionsPerFlightMax;
  } else {
    ++retransmissions_;
    --retransmissions_left_;
    interval_ = std::min(2 * interval_, max_);
  }
  // After the last one, one that no handshake sees the end of.
  constexpr Duration kHour = 3'600 * kSecond;
  const Duration interval = retransmissions_left_ > 0 ? interval_ : kHour;
  return static_cast<unsigned int>(interval / kMicrosecond);
}

void RetransmissionTimer::on_openssl_timer_set(const timeval& expires_at) {
  openssl_expires_at_ = expires_at;
  is_set_ = true;
}

void RetransmissionTimer::update(Timestamp now) {
  const bool is_running = openssl_expires_at_.tv_sec != 0 || openssl_expires_at_.tv_usec != 0;
  if (is_set_) {
    deadline_ = is_running && retransmissions_left_ > 0 ? now + interval_ : kNever;
  } else if (is_expiring_) {
    deadline_ = now + kNotYetInterval;
  }
  is_set_ = is_expiring_ = false;
}

void RetransmissionTimer::expire() {
  openssl_time_ = openssl_expires_at_;
  is_expiring_ = true;
}

void RetransmissionTimer::stop() {
  openssl_expires_at_ = {};
  is_set_ = is_expiring_ = false;
  deadline_ = kNever;
}

}  // namespace penstock
