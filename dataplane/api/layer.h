// A layer of a video stream: how large its picture is, and how many of its frames there are (RFC
// 7667 section 3.7, RFC 9628 section 2). A value; any thread.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/limits.h"
#include "dataplane/base/static_vector.h"

namespace penstock {

// `spatial` is the rank by picture size, 0 the smallest: of simulcast that of an encoding among
// those that come, of scalable coding (SVC) the spatial layer. `temporal`: 0 has the fewest frames.
struct Layer {
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;

  auto operator<=>(const Layer&) const = default;

  // What neither asks more of than the other.
  friend Layer lower_of(Layer one, Layer other) {
    return {std::min(one.spatial, other.spatial), std::min(one.temporal, other.temporal)};
  }
};

inline constexpr std::size_t kSpatialLayersMax = kEncodingsMax;
inline constexpr std::size_t kTemporalLayersMax = 4;
// What a spatial layer of a stream is that comes in, and what it costs: as of a second or so ago.
struct LayerReport {
  std::uint32_t pixels = 0;  // of its picture; 0: not known
  // In bits/s, of each temporal layer with all that it needs; 0: it does not come.
  std::array<std::uint32_t, kTemporalLayersMax> bps{};

  bool operator==(const LayerReport&) const = default;
};
// Of those that come, by rank.
using LayerReports = StaticVector<LayerReport, kSpatialLayersMax>;

// All that there is.
inline constexpr Layer kHighestLayer{kSpatialLayersMax - 1, kTemporalLayersMax - 1};

}  // namespace penstock
