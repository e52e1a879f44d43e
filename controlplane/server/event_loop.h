// The control thread's loop: sockets and timers through Asio, news from the workers through the
// doorbell, and the deadlines of the media and signalling code. It sleeps until one of them has
// something. Control thread only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <vector>

#include "dataplane/base/time.h"
#include "dataplane/dpdk/doorbell.h"

namespace penstock {

class EventLoop {
 public:
  // What is done each time the loop wakes: what has come and is due, within bounds. Returns when it
  // must be called again at the latest; a time that has passed means at once.
  using Work = std::function<Timestamp(Timestamp now)>;

  // Each of `works` has its turn each time, however much the others have to do.
  EventLoop(boost::asio::io_context& io, Doorbell& doorbell, std::vector<Work> works);

  // Runs until `is_done()`; it is asked after each turn.
  void run(const std::function<bool()>& is_done);

  // The monotonic clock, as workers read it.
  static Timestamp now();

 private:
  Timestamp work(Timestamp time);
  void wait_for_doorbell();
  void declare_awake();
  void arm_timer(Timestamp time, Timestamp at);
  void run_ready_handlers();

  boost::asio::io_context& io_;
  Doorbell& doorbell_;
  std::vector<Work> works_;
  boost::asio::posix::stream_descriptor bell_;
  boost::asio::steady_timer timer_;
  Timestamp armed_for_ = kNever;  // when the timer rings; kNever: it is not set
};

}  // namespace penstock
