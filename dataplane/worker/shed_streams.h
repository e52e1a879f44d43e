// Streams of video of which a worker forwards nothing for a while, because a packet had no room:
// without it the rest of its picture, and every picture up to the next keyframe, are of no use to
// anybody, and would take the room of others. A stream comes back with a keyframe, at which its
// receivers start anew: they see no gap, and ask for nothing again. Belongs to one worker.
#pragma once

#include <algorithm>
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
    const std::size_t at = index_of(stream);
    return at == streams_.size() ? State::kForwarded : streams_[at].state;
  }

  // A packet of it had no room.
  void shed(StreamHandle stream) {
    const std::size_t at = index_of(stream);
    if (at != streams_.size()) {
      streams_[at].state = State::kShed;
    } else {
      static_cast<void>(streams_.push_back({.stream = stream}));
    }
  }
  void begin_return(StreamHandle stream) {
    const std::size_t at = index_of(stream);
    if (at != streams_.size()) streams_[at].state = State::kReturning;
  }
  // Forwarded again, or over.
  template <typename IsIt>
  void forget_if(IsIt&& is_it) {
    for (std::size_t i = streams_.size(); i > 0; --i) {
      if (is_it(streams_[i - 1].stream)) streams_.erase_unordered(i - 1);
    }
  }

  // True if its publisher is to be asked for a keyframe now.
  bool take_ask(StreamHandle stream, Timestamp now) {
    const std::size_t at = index_of(stream);
    if (at == streams_.size() || now < streams_[at].next_ask_at) return false;
    streams_[at].next_ask_at = now + kAskInterval;
    return true;
  }

 private:
  struct Shed {
    StreamHandle stream;
    State state = State::kShed;
    Timestamp next_ask_at = 0;
  };

  // How many there are, if it is not one of them.
  std::size_t index_of(StreamHandle stream) const {
    const auto* found = std::ranges::find(streams_, stream, &Shed::stream);
    return static_cast<std::size_t>(found - streams_.begin());
  }

  StaticVector<Shed, kStreamsMax> streams_;
};

}  // namespace penstock
