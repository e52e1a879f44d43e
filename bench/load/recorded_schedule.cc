#include "bench/load/recorded_schedule.h"

#include <algorithm>

namespace penstock::load {

RecordedSchedule::RecordedSchedule(const Recording& recording, std::size_t publisher,
                                   Timestamp start)
    : recording_(recording),
      next_(recording.keyframes[publisher % recording.keyframes.size()]),
      begin_(start - recording.bursts[next_].at),
      last_keyframe_at_(start - kKeyframeInterval) {}

Burst RecordedSchedule::take() {
  if (keyframe_wanted_ && recording_.bursts[next_].starts_frame) go_to_keyframe();
  const RecordedBurst& recorded = recording_.bursts[next_];
  Burst burst{.due_at = next_at(),
              .packets = recorded.packets,
              .starts_frame = recorded.starts_frame,
              .ends_frame = recorded.ends_frame,
              .is_keyframe = recorded.is_keyframe,
              .payloads = std::span(recording_.payloads).subspan(recorded.first, recorded.packets)};
  if (recorded.starts_frame && recorded.is_keyframe) {
    keyframe_wanted_ = false;
    last_keyframe_at_ = burst.due_at;
  }
  if (++next_ == recording_.bursts.size()) {
    next_ = 0;
    begin_ += recording_.length;
  }
  return burst;
}

void RecordedSchedule::go_to_keyframe() {
  const Timestamp due_at = next_at();
  if (due_at - last_keyframe_at_ < kKeyframeInterval) return;
  const auto later = std::ranges::lower_bound(recording_.keyframes, next_);
  next_ = later != recording_.keyframes.end() ? *later : recording_.keyframes.front();
  begin_ = due_at - recording_.bursts[next_].at;
}

void RecordedSchedule::skip_to(Timestamp now) { begin_ += std::max<Duration>(now - next_at(), 0); }

}  // namespace penstock::load
