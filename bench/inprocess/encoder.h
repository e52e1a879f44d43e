// A publisher's encoder as far as its packets show it: when the next one is due, how long it is,
// and how it begins. A value, used by one thread; time is an argument.
#pragma once

#include <algorithm>
#include <cstdint>

#include "bench/inprocess/media_pattern.h"

namespace penstock::bench {

class Encoder {
 public:
  enum class Start : std::uint8_t { kKeyframe, kFrame, kContinuation };
  struct Packet {
    Timestamp due = 0;
    std::uint64_t frame = 0;
    std::uint16_t payload_bytes = 0;
    Start start = Start::kKeyframe;
    bool is_frame_end = false;
  };

  // `phase`: how many frames the second keyframe comes early, so that not all encoders have theirs
  // at the same time.
  Encoder(const MediaPattern& pattern, Timestamp start, std::size_t phase)
      : pattern_(pattern), due_(start), frame_due_(start), phase_(phase) {}

  // When the next packet is due.
  Timestamp due() const { return due_; }
  // It was not asked for a while: what was due meanwhile is not made up for.
  void skip_to(Timestamp now) { due_ = frame_due_ = now; }

  Packet next() {
    Packet packet{.due = due_, .frame = frame_, .start = Start::kContinuation};
    if (packets_left_ == 0) packet.start = start_frame();
    const std::size_t bytes = bytes_left_ / packets_left_;
    packet.payload_bytes = static_cast<std::uint16_t>(bytes);
    bytes_left_ -= bytes;
    due_ += pattern_.packet_interval;
    if (--packets_left_ == 0) {
      packet.is_frame_end = true;
      ++frame_;
      frame_due_ += pattern_.frame_interval;
      due_ = std::max(due_, frame_due_);
    }
    return packet;
  }

 private:
  Start start_frame() {
    const bool is_keyframe = frame_ == 0 || (frame_ + phase_) % pattern_.frames_per_keyframe == 0;
    bytes_left_ = is_keyframe ? pattern_.keyframe_bytes : pattern_.frame_bytes;
    packets_left_ = pattern_.packets_of(bytes_left_);
    return is_keyframe ? Start::kKeyframe : Start::kFrame;
  }

  MediaPattern pattern_;
  Timestamp due_;
  Timestamp frame_due_;  // of the frame that is being sent, or is next
  std::size_t phase_;
  std::uint64_t frame_ = 0;
  std::size_t bytes_left_ = 0;
  std::size_t packets_left_ = 0;
};

}  // namespace penstock::bench
