// What an encoder sends: a frame each interval, cut into packets of about equal size. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/time.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::bench {

struct MediaPattern {
  Codec codec = Codec::kOpus;  // kOpus or kVp8
  Duration frame_interval = 20 * kMillisecond;
  std::size_t frame_bytes = 100;
  // Video: one frame in so many is a keyframe, and the first one.
  std::size_t keyframe_bytes = 100;
  std::size_t frames_per_keyframe = 1;
  std::uint16_t packet_bytes_max = 1'100;  // RTP payload
  // Between two packets of a publisher, as a pacer or a line spaces them. A frame that is not out
  // when the next one is due makes that wait. 0: a frame's packets come together.
  Duration packet_interval = 0;

  std::size_t packets_of(std::size_t bytes) const {
    return (bytes + packet_bytes_max - 1) / packet_bytes_max;
  }
  double packets_per_second() const {
    const auto frames = static_cast<double>(frames_per_keyframe);
    const double packets = static_cast<double>(packets_of(keyframe_bytes)) +
                           (frames - 1) * static_cast<double>(packets_of(frame_bytes));
    return packets / frames * static_cast<double>(kSecond) / static_cast<double>(frame_interval);
  }
};

// From frame to frame, which have different times however close they are.
inline std::uint32_t rtp_timestamp_step(Codec codec, Duration frame_interval) {
  const auto ticks = static_cast<std::uint32_t>(
      codec_clock_hz(codec) * static_cast<std::uint64_t>(frame_interval) / kSecond);
  return ticks == 0 ? 1 : ticks;
}

// `packets` packets of one size at a time; as video, they are a keyframe.
inline MediaPattern packets_of_one_size(Codec codec, std::uint16_t bytes, std::size_t packets,
                                        Duration interval) {
  return {.codec = codec,
          .frame_interval = interval,
          .frame_bytes = bytes * packets,
          .keyframe_bytes = bytes * packets,
          .packet_bytes_max = bytes};
}

}  // namespace penstock::bench
