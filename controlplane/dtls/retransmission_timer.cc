#include "controlplane/dtls/retransmission_timer.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "dataplane/base/check.h"

namespace penstock {

bool RetransmissionTimer::is_openssl_supported() {
  return OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2;
}

void RetransmissionTimer::on_openssl_timer_set(timeval* openssl_timer) {
  openssl_timer_ = openssl_timer;
  const bool is_running = openssl_timer->tv_sec != 0 || openssl_timer->tv_usec != 0;
  if (is_running && !is_running_) is_new_flight_ = true;
  is_running_ = is_running;
  is_set_ = true;
}

void RetransmissionTimer::update(Timestamp now) {
  if (!is_set_) return;
  if (is_new_flight_) {
    interval_ = initial_;
    retransmissions_left_ = kRetransmissionsPerFlightMax;
  }
  deadline_ = is_running_ && retransmissions_left_ > 0 ? now + interval_ : kNever;
  is_new_flight_ = is_set_ = false;
}

void RetransmissionTimer::expire() {
  PENSTOCK_CHECK(is_running_ && openssl_timer_ != nullptr);
  --retransmissions_left_;
  interval_ = std::min(2 * interval_, max_);
  *openssl_timer_ = {.tv_sec = 1, .tv_usec = 0};
}

void RetransmissionTimer::stop() {
  openssl_timer_ = nullptr;
  is_running_ = is_new_flight_ = is_set_ = false;
  deadline_ = kNever;
}

}  // namespace penstock
