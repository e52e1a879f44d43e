// When a stream sends how many packets: Opus-like audio, a packet each 20 ms; VP8-like video, 30
// frames a second, with a keyframe first and when one is asked for. Large frames are paced, as
// WebRTC senders do it: a few packets each millisecond, at 2.5 times the average rate at least.
// What a keyframe takes more than other frames is saved on those that follow, so that the average
// is kept. Pure logic; time is an argument.
#pragma once

#include <cstddef>

#include "dataplane/base/time.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::load {

inline constexpr std::size_t kBurstPacketsMax = 32;

// Packets to send together.
struct Burst {
  Timestamp due_at = 0;
  std::size_t packets = 0;  // zero: nothing this time
  bool starts_frame = false;
  bool ends_frame = false;
  bool is_keyframe = false;
};

class MediaSchedule {
 public:
  // `packets_per_second` is that of video; audio always has 50.
  MediaSchedule(MediaKind kind, double packets_per_second, Timestamp start);

  Timestamp next_at() const { return next_at_; }
  // The burst that is due at next_at(); moves next_at() on.
  Burst take();
  // Has an effect twice a second at most.
  void request_keyframe() { keyframe_wanted_ = true; }
  // Leaves out what was due before `now`: the sender could not keep up.
  void skip_to(Timestamp now);

 private:
  void begin_frame();

  MediaKind kind_;
  Duration frame_interval_;
  double packets_per_frame_;
  std::size_t burst_packets_;
  Timestamp next_at_;
  Timestamp frame_at_;
  double credit_ = 0;  // packets that the frames so far may have had more than they did
  std::size_t frame_packets_left_ = 0;
  bool is_frame_new_ = false;
  bool is_keyframe_ = false;
  bool keyframe_wanted_ = true;
  Timestamp last_keyframe_at_;
};

}  // namespace penstock::load
