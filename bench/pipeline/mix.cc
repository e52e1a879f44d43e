#include "bench/pipeline/mix.h"

#include <array>

namespace penstock::bench {
namespace {

constexpr std::uint16_t kAudioPayloadBytesMax = 300;  // what is larger is video
constexpr std::uint16_t kVideoPacketBytesMax = 1'100;
constexpr std::size_t kFramesPerSecond = 30;
constexpr std::size_t kFramesPerKeyframe = 3 * kFramesPerSecond;
// A keyframe is about as much longer than other frames.
constexpr std::size_t kKeyframeFactor = 10;

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
  constexpr std::array<std::string_view, 4> kNames = {"fixed", "audio", "720p", "simulcast"};
  return kNames[static_cast<std::size_t>(mix)];
}

void set_encodings(Mix mix, std::uint16_t payload_bytes, PopulationConfig& config) {
  constexpr Duration kAudioInterval = 20 * kMillisecond;
  config.encoding_count = 1;
  switch (mix) {
    case Mix::kFixed:
      config.encodings[0] =
          packets_of_one_size(payload_bytes > kAudioPayloadBytesMax ? Codec::kVp8 : Codec::kOpus,
                              payload_bytes, 1, kAudioInterval);
      break;
    case Mix::kAudio:
      config.encodings[0] =
          packets_of_one_size(Codec::kOpus, kAudioPayloadBytes, 1, kAudioInterval);
      break;
    case Mix::kVideo:
      config.encodings[0] = video(1'500'000);
      break;
    case Mix::kSimulcast:
      config.encodings = {video(150'000), video(500'000), video(1'500'000)};
      config.encoding_count = 3;
      break;
  }
}

}  // namespace penstock::bench
