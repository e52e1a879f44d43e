// Streams of video of which a worker forwards nothing for a while, because a packet had no room:
// without it the rest of its picture, and every picture up to the next keyframe, are of no use to
// anybody, and would take the room of others. A stream comes back with a keyframe, at which its
// receivers start anew: they see no gap, and ask for nothing again. Belongs to one worker.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/api/handles.h"
#include "dataplane/base/static_vector.h"
#include "dataplane/base/time.h"

namespace penstock {

class ShedStreams {
 public:
  // Of more streams than this single packets are dropped.
  static constexpr std::size_t kStreamsMax = 64;
  // How often the publisher of one is asked for a keyframe, once there is room for it.
  static constexpr Duration kAskInterval = 200 * kMillisecond;

  enum class State : std::uint8_t {
    kForwarded,  // not shed
    kShed,       // until a keyframe comes, and there is room
    kReturning,  // the keyframe waits for its turn
  };

  bool empty() const { return streams_.empty(); }
  State state_of(StreamHandle stream) const {
    const Shed* shed = find(stream);
    return shed == nullptr ? State::kForwarded : shed->state;
  }

  // A packet of it had no room.
  void shed(StreamHandle stream) {
    if (Shed* known = find(stream)) {
      known->state = State::kShed;
    } else {
      static_cast<void>(streams_.push_back({.stream = stream}));
    }
  }
  void begin_return(StreamHandle stream) {
    if (Shed* known = find(stream)) known->state = State::kReturning;
  }
  // Forwarded again, or over.
  void forget(StreamHandle stream) {
    if (const Shed* known = find(stream))
      streams_.erase_unordered(static_cast<std::size_t>(known - streams_.begin()));
  }
  // Forgets those that are over.
  template <typename IsOver>
  void forget_if(IsOver&& is_over) {
    for (std::size_t i = streams_.size(); i > 0; --i) {
      if (is_over(streams_[i - 1].stream)) streams_.erase_unordered(i - 1);
    }
  }

  // True if its publisher is to be asked for a keyframe now.
  bool take_ask(StreamHandle stream, Timestamp now) {
    Shed* known = find(stream);
    if (known == nullptr || now < known->next_ask_at) return false;
    known->next_ask_at = now + kAskInterval;
    return true;
  }

 private:
  struct Shed {
    StreamHandle stream;
    State state = State::kShed;
    Timestamp next_ask_at = 0;
  };

  const Shed* find(StreamHandle stream) const {
    for (const Shed& shed : streams_) {
      if (shed.stream == stream) return &shed;
    }
    return nullptr;
  }
  Shed* find(StreamHandle stream) {
    return const_cast<Shed*>(static_cast<const ShedStreams*>(this)->find(stream));
  }

  StaticVector<Shed, kStreamsMax> streams_;
};

}  // namespace penstock
