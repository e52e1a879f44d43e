// What the publishers of a benchmark send.
#pragma once

#include <cstdint>
#include <string_view>

#include "bench/inprocess/population.h"

namespace penstock::bench {

inline constexpr std::uint16_t kAudioPayloadBytes = 100;

enum class Mix : std::uint8_t {
  kFixed,      // packets of one size, one each 20 ms
  kAudio,      // 50 packets of kAudioPayloadBytes a second
  kVideo,      // 720p: 30 frames and 1.5 Mb a second, a keyframe of 50 packets every 3 s
  kSimulcast,  // 180p, 360p and 720p of the same
  kCarrier,    // rooms of different sizes (room_sizes.h); everyone sends audio and 720p
};

std::string_view to_string(Mix mix);

// What everyone sends with kCarrier. Video's packets are spaced as WebRTC's pacer does it, so that
// those of all rooms lie between each other.
MediaPattern carrier_audio();
MediaPattern carrier_video();

// Fills in the encodings of a population, for all mixes but kCarrier. `payload_bytes`: of a packet,
// with kFixed.
void set_encodings(Mix mix, std::uint16_t payload_bytes, PopulationConfig& config);

}  // namespace penstock::bench
