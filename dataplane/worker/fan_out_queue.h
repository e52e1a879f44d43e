// Packets that a worker has decrypted, or was handed, and not sent to all of their receivers yet:
// a keyframe for many receivers is sent over several iterations, so that audio which arrives
// meanwhile need not wait for all of it; and nothing is sent that the port has no room for. First
// in, first out; the packets are the queue's. Belongs to one worker.
//
// Of the first packet it remembers who is still to get it: handles, copied out of the stream's list
// when the packet was begun, because lists change (docs/adr/0003). So each receiver gets it once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "dataplane/api/handles.h"
#include "dataplane/base/check.h"
#include "dataplane/worker/slot.h"

namespace penstock {

// A worker that has this much video to work off takes no more packets from its port: they wait
// there. Enough for keyframes of two publishers, and no more than stays in a core's cache until its
// turn comes.
inline constexpr std::size_t kVideoQueueEnough = 128;
// What can come on top: from other workers, and while it is the port that has no room.
inline constexpr std::size_t kVideoQueueMax = 512;
// Audio waits only while the port has no room. As much as comes in two iterations.
inline constexpr std::size_t kAudioQueueMax = 256;

class FanOutQueue {
 public:
  // `receivers_max`: of one packet. Memory is touched here.
  FanOutQueue(std::size_t packets_max, std::size_t receivers_max)
      : packets_(packets_max), rest_(receivers_max) {}

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }

  // False if there is no room.
  bool push(SlotRef packet) {
    if (count_ == packets_.size()) return false;
    packets_[wrapped(first_ + count_)] = packet;
    ++count_;
    return true;
  }

  // Calls `visit(SlotRef)` for each packet.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < count_; ++i) visit(packets_[wrapped(first_ + i)]);
  }

  // The queue must not be empty.
  SlotRef front() const { return packets_[first_]; }
  void pop() {
    first_ = wrapped(first_ + 1);
    --count_;
    forget_rest();
  }
  // All of it; returns how many they were.
  std::size_t clear() {
    forget_rest();
    return std::exchange(count_, 0);
  }

  // Who is still to get the first packet.
  bool has_rest() const { return rest_next_ != rest_end_; }
  std::size_t rest_size() const { return rest_end_ - rest_next_; }
  void forget_rest() { rest_next_ = rest_end_ = 0; }
  void add_to_rest(std::span<const SubscriptionHandle> receivers) {
    PENSTOCK_CHECK(receivers.size() <= rest_.size() - rest_end_);
    for (const SubscriptionHandle receiver : receivers) rest_[rest_end_++] = receiver;
  }
  // The next of them, at most so many.
  std::span<const SubscriptionHandle> rest(std::size_t receivers_max) const {
    return std::span(rest_).subspan(rest_next_, std::min(receivers_max, rest_end_ - rest_next_));
  }
  // The next so many got it.
  void take_of_rest(std::size_t receivers) { rest_next_ += receivers; }

 private:
  std::size_t wrapped(std::size_t index) const {
    return index < packets_.size() ? index : index - packets_.size();
  }

  std::vector<SlotRef> packets_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::vector<SubscriptionHandle> rest_;  // those from rest_next_ to rest_end_
  std::size_t rest_next_ = 0;
  std::size_t rest_end_ = 0;
};

}  // namespace penstock
