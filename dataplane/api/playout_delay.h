// How long a receiver may keep pictures before it shows them, as a header extension tells it
// (http://www.webrtc.org/experiments/rtp-hdrext/playout-delay). A value; any thread.
#pragma once

#include <array>
#include <cstdint>

namespace penstock {

struct PlayoutDelay {
  static constexpr std::uint16_t kMax = 4'095;  // 12 bits

  std::uint16_t min_10ms = 0;
  std::uint16_t max_10ms = kMax;

  bool operator==(const PlayoutDelay&) const = default;

  // As on the wire: both in 12 bits.
  std::array<std::uint8_t, 3> bytes() const {
    return {static_cast<std::uint8_t>(min_10ms >> 4),
            static_cast<std::uint8_t>((min_10ms & 0xF) << 4 | max_10ms >> 8),
            static_cast<std::uint8_t>(max_10ms)};
  }
};

}  // namespace penstock
