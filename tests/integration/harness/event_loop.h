// What a test waits with: everything that has a socket or a timer takes its turn until a condition
// holds. One thread, as the test has; real time.
#pragma once

#include <functional>
#include <vector>

#include "dataplane/base/time.h"

namespace penstock::integration {

// Something that is driven by a loop: takes what its sockets have and does what is due.
class Pollable {
 public:
  virtual ~Pollable() = default;
  // Readable when there is work; negative if there is nothing to wait for.
  virtual int descriptor() const = 0;
  virtual Timestamp next_timeout() const { return kNever; }
  // Called once per turn of the loop, ready or not.
  virtual void take_turn(Timestamp now) = 0;
};

class EventLoop {
 public:
  Timestamp now() const;

  void add(Pollable& pollable) { pollables_.push_back(&pollable); }
  void remove(Pollable& pollable) { std::erase(pollables_, &pollable); }

  void run_for(Duration duration);
  // False if the condition does not hold within `limit`.
  bool run_until(const std::function<bool()>& condition, Duration limit);

 private:
  void turn(Timestamp until);

  std::vector<Pollable*> pollables_;
};

}  // namespace penstock::integration
