// When a DTLS flight is sent again (RFC 6347 section 4.2.4), counted in our time instead of
// OpenSSL's. Owned by one endpoint.
//
// OpenSSL decides by gettimeofday whether its timer has expired, and looks at it before every read,
// not only in DTLSv1_handle_timeout; and all that it offers to change that is the length of the
// interval. So we let it run with an interval that never passes, watch its starts and stops, which
// it announces to the BIO with a pointer to the timer itself, and set that timer to the past for
// the moment in which our own deadline has come. OpenSSL 3.2 passes a copy instead, hence
// is_openssl_supported().
#pragma once

#include <sys/time.h>

#include "dataplane/base/time.h"

namespace penstock {

class RetransmissionTimer {
 public:
  RetransmissionTimer(Duration initial, Duration max) : initial_(initial), max_(max) {}

  // Whether the OpenSSL that is loaded keeps its timer where this class expects it.
  static bool is_openssl_supported();
  // OpenSSL takes one more for a failed handshake. With the default intervals they last 7.9 s.
  static constexpr int kRetransmissionsPerFlightMax = 12;
  // For DTLS_set_timer_cb: long enough that no handshake sees the end of it.
  static constexpr unsigned int kOpenSslIntervalMicroseconds = 3'600'000'000U;

  // BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT: OpenSSL has set its timer, zero when it stopped it. The
  // pointer stays good as long as the SSL object lives.
  void on_openssl_timer_set(timeval* openssl_timer);
  // After every call into OpenSSL: turns what it did with its timer into our deadline.
  void update(Timestamp now);
  // kNever while nothing waits for an answer, or when it was sent again often enough.
  Timestamp deadline() const { return deadline_; }
  // At the deadline: makes OpenSSL's timer look expired and doubles the interval. To be followed by
  // DTLSv1_handle_timeout and update().
  void expire();
  // No more retransmissions, as the SSL object is gone.
  void stop();

 private:
  Duration initial_;
  Duration max_;
  Duration interval_ = 0;
  Timestamp deadline_ = kNever;
  timeval* openssl_timer_ = nullptr;
  int retransmissions_left_ = 0;
  bool is_running_ = false;
  bool is_new_flight_ = false;
  bool is_set_ = false;  // since the last update
};

}  // namespace penstock
