#include "bench/load/synthetic_schedule.h"

#include <algorithm>
#include <cmath>

namespace penstock::load {
namespace {

constexpr Duration kAudioInterval = 20 * kMillisecond;
constexpr Duration kVideoInterval = kSecond / 30;
constexpr Duration kPacingInterval = kMillisecond;
constexpr double kPacingFactor = 2.5;
constexpr std::size_t kBurstPacketsMin = 8;
constexpr double kKeyframeFactor = 8;  // times an average frame

}  // namespace

SyntheticSchedule::SyntheticSchedule(MediaKind kind, double packets_per_second, Timestamp start)
    : kind_(kind),
      frame_interval_(kind == MediaKind::kAudio ? kAudioInterval : kVideoInterval),
      packets_per_frame_(kind == MediaKind::kAudio
                             ? 1
                             : packets_per_second * static_cast<double>(kVideoInterval) / 1e9),
      burst_packets_(std::clamp(
          static_cast<std::size_t>(std::ceil(packets_per_second * kPacingFactor / 1'000)),
          kBurstPacketsMin, kBurstPacketsMax)),
      next_at_(start),
      frame_at_(start),
      last_keyframe_at_(start - kKeyframeInterval) {}

void SyntheticSchedule::begin_frame() {
  credit_ += packets_per_frame_;
  is_keyframe_ = kind_ == MediaKind::kVideo && keyframe_wanted_ &&
                 frame_at_ - last_keyframe_at_ >= kKeyframeInterval;
  const auto due = static_cast<std::size_t>(std::max(std::floor(credit_ + 1e-9), 0.0));
  // While a keyframe is being saved, half a frame is sent: a stream never stops.
  const auto least = static_cast<std::size_t>(packets_per_frame_ / 2);
  frame_packets_left_ = std::max(due, least);
  if (is_keyframe_) {
    frame_packets_left_ =
        std::max({frame_packets_left_, std::size_t{1},
                  static_cast<std::size_t>(std::lround(packets_per_frame_ * kKeyframeFactor))});
    keyframe_wanted_ = false;
    last_keyframe_at_ = frame_at_;
  }
  credit_ -= static_cast<double>(frame_packets_left_);
  is_frame_new_ = true;
}

Burst SyntheticSchedule::take() {
  if (frame_packets_left_ == 0) begin_frame();
  Burst burst{.due_at = next_at_,
              .packets = std::min(frame_packets_left_, burst_packets_),
              .starts_frame = is_frame_new_,
              .ends_frame = frame_packets_left_ <= burst_packets_,
              .is_keyframe = is_keyframe_,
              .payloads = {}};
  is_frame_new_ = false;
  frame_packets_left_ -= burst.packets;
  if (frame_packets_left_ == 0) {
    frame_at_ += frame_interval_;
    next_at_ = std::max(frame_at_, next_at_);
  } else {
    next_at_ += kPacingInterval;
  }
  return burst;
}

void SyntheticSchedule::skip_to(Timestamp now) {
  if (now <= next_at_) return;
  const Duration missed = now - next_at_;
  next_at_ += missed;
  frame_at_ += missed;
}

}  // namespace penstock::load
