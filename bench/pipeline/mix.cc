#include "bench/pipeline/mix.h"

#include <array>

#include "dataplane/base/check.h"

namespace penstock::bench {
namespace {

constexpr std::uint16_t kAudioPayloadBytesMax = 300;  // what is larger is video
constexpr std::uint16_t kVideoPacketBytesMax = 1'100;
constexpr std::size_t kFramesPerSecond = 30;
constexpr std::size_t kFramesPerKeyframe = 3 * kFramesPerSecond;
// A keyframe is about as much longer than other frames.
constexpr std::size_t kKeyframeFactor = 10;

constexpr std::size_t k720pBitsPerSecond = 1'500'000;
constexpr Duration kAudioInterval = 20 * kMillisecond;
// Of full packets: 4.4 Mb/s, about the 2.5 times of its target that WebRTC's pacer sends at.
constexpr Duration kPacedInterval = 2 * kMillisecond;

MediaPattern video(std::size_t bits_per_second) {
  const std::size_t bytes = bits_per_second / 8 * kFramesPerKeyframe / kFramesPerSecond;
  const std::size_t frame_bytes = bytes / (kFramesPerKeyframe - 1 + kKeyframeFactor);
  return {.codec = Codec::kVp8,
          .frame_interval = kSecond / kFramesPerSecond,
          .frame_bytes = frame_bytes,
          .keyframe_bytes = frame_bytes * kKeyframeFactor,
          .frames_per_keyframe = kFramesPerKeyframe,
          .packet_bytes_max = kVideoPacketBytesMax};
}

}  // namespace

std::string_view to_string(Mix mix) {
  constexpr std::array<std::string_view, 5> kNames = {"fixed", "audio", "720p", "simulcast",
                                                      "carrier"};
  return kNames[static_cast<std::size_t>(mix)];
}

MediaPattern carrier_audio() {
  return packets_of_one_size(Codec::kOpus, kAudioPayloadBytes, 1, kAudioInterval);
}

MediaPattern carrier_video() {
  MediaPattern pattern = video(k720pBitsPerSecond);
  pattern.packet_interval = kPacedInterval;
  return pattern;
}

void set_encodings(Mix mix, std::uint16_t payload_bytes, PopulationConfig& config) {
  config.encoding_count = 1;
  switch (mix) {
    case Mix::kFixed:
      config.encodings[0] =
          packets_of_one_size(payload_bytes > kAudioPayloadBytesMax ? Codec::kVp8 : Codec::kOpus,
                              payload_bytes, 1, kAudioInterval);
      break;
    case Mix::kAudio:
      config.encodings[0] = carrier_audio();
      break;
    case Mix::kVideo:
      config.encodings[0] = video(k720pBitsPerSecond);
      break;
    case Mix::kSimulcast:
      config.encodings = {video(150'000), video(500'000), video(k720pBitsPerSecond)};
      config.encoding_count = 3;
      break;
    case Mix::kCarrier:
      PENSTOCK_CHECK(false);  // is no population
  }
}

}  // namespace penstock::bench
