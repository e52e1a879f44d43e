// Media that was recorded, at its own times, again and again. When a keyframe is asked for, it goes
// on at the recording's next one.
#pragma once

#include "bench/load/recording.h"

namespace penstock::load {

class RecordedSchedule final : public Schedule {
 public:
  // Publishers begin at one keyframe after another, so that they do not all send the same at once.
  // The recording outlives the schedule.
  RecordedSchedule(const Recording& recording, std::size_t publisher, Timestamp start);

  Timestamp next_at() const override { return begin_ + recording_.bursts[next_].at; }
  Burst take() override;
  void request_keyframe() override { keyframe_wanted_ = true; }
  void skip_to(Timestamp now) override;

 private:
  void go_to_keyframe();

  const Recording& recording_;
  std::size_t next_;  // burst
  Timestamp begin_;   // of the recording
  bool keyframe_wanted_ = false;
  Timestamp last_keyframe_at_;
};

}  // namespace penstock::load
