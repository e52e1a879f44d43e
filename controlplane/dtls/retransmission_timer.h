// When a DTLS flight is sent again (RFC 6347 section 4.2.4), counted in our time instead of
// OpenSSL's. Owned by one endpoint.
//
// OpenSSL has a timer of its own. It lets us choose its interval, tells the BIO when it will
// expire, and looks whether it has before every read, not only in DTLSv1_handle_timeout. We give it
// our intervals and a clock (LibraryClock) that stands still while our own deadline has not come,
// and then jumps to where its timer expires. So it sends a flight again when we say so and never by
// itself, however late we are, and the wall clock has no part in it.
//
// An OpenSSL that cannot be shown a clock goes by the wall clock, with the same intervals: it may
// send a flight again a little early, or not yet when our deadline has come; it is then asked
// again soon.
#pragma once

#include <sys/time.h>

#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock {

class RetransmissionTimer {
 public:
  RetransmissionTimer(Duration initial, Duration max) : initial_(initial), max_(max) {}

  // OpenSSL takes one more for a failed handshake. With the default intervals they last 7.9 s.
  static constexpr int kRetransmissionsPerFlightMax = 12;
  // After a deadline at which OpenSSL found its timer not expired yet.
  static constexpr Duration kNotYetInterval = 10 * kMillisecond;

  // DTLS_set_timer_cb: OpenSSL begins to wait for the answer to a flight, for the first time or
  // because it is about to send it again, and asks for how many microseconds.
  unsigned int next_interval_us(bool is_new_flight);
  // BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT: OpenSSL's timer will expire at this time of its clock; zero
  // when it was stopped.
  void on_openssl_timer_set(const timeval& expires_at);
  // After every call into OpenSSL: turns what it did with its timer into our deadline.
  void update(Timestamp now);
  // kNever while nothing waits for an answer, or when it was sent again often enough.
  Timestamp deadline() const { return deadline_; }
  // At the deadline: OpenSSL's clock jumps to the end of its interval. To be followed by
  // DTLSv1_handle_timeout and update().
  void expire();
  // No more retransmissions, as the SSL object is gone.
  void stop();

  // What OpenSSL is to be shown as the time in every call.
  const timeval& openssl_time() const { return openssl_time_; }
  // Of whole flights, since the beginning.
  std::uint64_t retransmissions() const { return retransmissions_; }

 private:
  Duration initial_;
  Duration max_;
  Duration interval_ = 0;
  Timestamp deadline_ = kNever;
  timeval openssl_time_ = {.tv_sec = 1, .tv_usec = 0};  // zero means no time to OpenSSL
  timeval openssl_expires_at_ = {};                     // zero: its timer is stopped
  std::uint64_t retransmissions_ = 0;
  int retransmissions_left_ = 0;
  bool is_set_ = false;       // since the last update
  bool is_expiring_ = false;  // likewise
};

}  // namespace penstock
