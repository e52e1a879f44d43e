// What a publisher says of the layers that it sends (video-layers-allocation,
// http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00): which are active, and
// how large their pictures are. It is about what comes in, and is not passed on. Stateless; called
// by workers.
//
//   | RID 2 | NS 2 | spatial layers 4 |  the stream it comes on, streams less one, what is active
//   | spatial layers 4 | ...          |  of each stream, if that is 0
//   | temporal layers less one 2 | ...|  of each active spatial layer
//   | kb/s of each temporal layer, LEB128 ...
//   | width less one 16 | height less one 16 | frames/s 8 | ... of each active spatial layer; or
//   not
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace penstock {

struct VideoLayersAllocation {
  static constexpr std::size_t kStreamsMax = 4;

  std::uint8_t stream_index = 0;  // among those of the m-line, of the stream that it came on
  std::uint8_t stream_count = 1;
  // Of each stream: active spatial layers, a bit for each, and the size of the largest; 0: not
  // said.
  std::array<std::uint8_t, kStreamsMax> active{};
  std::array<std::uint32_t, kStreamsMax> pixels{};

  bool has_active() const;
};

// Reads the element's data. Empty if it is malformed.
std::optional<VideoLayersAllocation> parse_video_layers_allocation(
    std::span<const std::uint8_t> element);

}  // namespace penstock
