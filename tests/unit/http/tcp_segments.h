// In how many segments TCP has brought what came.
#pragma once

#include <cstdint>

namespace penstock {

// Of a connected socket, since it was connected; without those that carry no data.
std::uint32_t data_segments_received(int descriptor);

}  // namespace penstock
