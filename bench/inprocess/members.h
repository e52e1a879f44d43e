// Members of a room who come and go while packets pass them by, each with a transport, a stream
// that somebody receives, and a subscription to a stream that flows, as a participant has them who
// has joined and whose connection is not up yet.
#pragma once

#include <cstdint>
#include <deque>

#include "bench/inprocess/population.h"

namespace penstock::bench {

class Members {
 public:
  Members(InProcessDataplane& dataplane, const Population& population)
      : dataplane_(dataplane), population_(population) {}
  ~Members();
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  // Makes one member; false, and nothing made, if the data plane is full for the moment.
  bool join();
  // Destroys the member that has been there longest, in one of the orders in which it can happen.
  void leave();

  std::size_t size() const { return members_.size(); }
  // For so long, while the registry is polled: `rate` of them leave a second, and as many join.
  // Returns how many.
  std::uint64_t replace_for(Duration duration, std::uint64_t rate);

  std::uint64_t joined() const { return joined_; }
  std::uint64_t refused() const { return refused_; }

 private:
  struct Member {
    TransportHandle transport;
    StreamHandle stream;
    SubscriptionHandle receives;  // what a publisher of the population sends
    SubscriptionHandle received;  // its own stream, by a receiver of the population
  };

  bool make(Member& member);
  void destroy(const Member& member, std::uint64_t order);

  InProcessDataplane& dataplane_;
  const Population& population_;
  std::deque<Member> members_;
  std::uint64_t joined_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace penstock::bench
