// What a link could carry at best of what is published: the choice of one encoding and temporal
// layer of each stream that takes the most without being more than the link. Pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/quality/scenario.h"

namespace penstock::quality {

// On the wire, all headers included, with the audio of all of them; 0 if not even that fits.
struct Ideal {
  std::uint64_t rate_bps = 0;
  std::uint16_t width = 0;  // of the first publisher's picture in it
};
Ideal ideal_on(std::uint64_t link_bps, const std::vector<PublisherPlan>& publishers);

// Of one audio stream, on the wire.
inline constexpr std::uint64_t kAudioWireBps = 50 * (100 + 12 + 12 + 16 + 42) * 8;

}  // namespace penstock::quality
