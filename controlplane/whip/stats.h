// Counters of WHIP and WHEP, for operators. A value.
#pragma once

#include <cstdint>

namespace penstock::whip {

// What has happened, since the start.
struct Stats {
  std::uint64_t published = 0;       // sessions that were made
  std::uint64_t played = 0;          // likewise, those with an offer of ours among them
  std::uint64_t counter_offers = 0;  // 406
  std::uint64_t fragments = 0;       // PATCH with candidates
  std::uint64_t ice_restarts = 0;
  std::uint64_t resumed = 0;  // players whose publisher came back
  std::uint64_t refused = 0;  // requests answered with 4xx or 5xx, 406 apart
};

}  // namespace penstock::whip
