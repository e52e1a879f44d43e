// Media that is made up: Opus-like audio, a packet each 20 ms; VP8-like video, 30 frames a second,
// with a keyframe first and when one is asked for. Large frames are paced: a few packets each
// millisecond, at 2.5 times the average rate at least. What a keyframe takes more than other frames
// is saved on those that follow, so that the average is kept.
#pragma once

#include "bench/load/schedule.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::load {

class SyntheticSchedule final : public Schedule {
 public:
  // `packets_per_second` is that of video; audio always has 50.
  SyntheticSchedule(MediaKind kind, double packets_per_second, Timestamp start);

  Timestamp next_at() const override { return next_at_; }
  Burst take() override;
  void request_keyframe() override { keyframe_wanted_ = true; }
  void skip_to(Timestamp now) override;

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
