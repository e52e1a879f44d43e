// Video that a worker has decrypted, or was handed, and not forwarded yet: a keyframe for many
// receivers is sent over several iterations, so that audio which arrives meanwhile need not wait
// for all of it. First in, first out; the packets are the backlog's. Belongs to one worker.
#pragma once

#include <array>
#include <cstddef>

#include "dataplane/api/handles.h"
#include "dataplane/base/limits.h"

namespace penstock {

// A worker with this much waiting takes no more packets from its port: they wait there. Enough for
// keyframes of two publishers, and no more than stays in a core's cache until its turn comes.
inline constexpr std::size_t kVideoBacklogEnough = 128;
// What can come on top until then: a burst, and what other workers hand over.
inline constexpr std::size_t kVideoBacklogMax = 512;

template <typename Packet>
class VideoBacklog {
 public:
  struct Entry {
    Packet* packet = nullptr;
    StreamHandle stream;
  };

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  bool is_enough() const { return count_ >= kVideoBacklogEnough; }

  // Takes the packet. False, and it stays the caller's, if there is no room.
  bool push(Packet* packet, StreamHandle stream) {
    if (count_ == entries_.size()) return false;
    entries_[(first_ + count_) % entries_.size()] = {packet, stream};
    ++count_;
    return true;
  }

  // Must not be empty. The packet is the caller's now.
  Entry pop() {
    const Entry entry = entries_[first_];
    first_ = (first_ + 1) % entries_.size();
    --count_;
    return entry;
  }

 private:
  std::array<Entry, kVideoBacklogMax> entries_{};
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace penstock
