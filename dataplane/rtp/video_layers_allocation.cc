#include "dataplane/rtp/video_layers_allocation.h"

#include <algorithm>
#include <bit>

#include "dataplane/base/byte_reader.h"

namespace penstock {
namespace {

constexpr std::size_t kSpatialLayersMax = 4;
constexpr std::size_t kLayersMax = VideoLayersAllocation::kStreamsMax * kSpatialLayersMax;
constexpr int kLeb128BytesMax = 5;
constexpr std::size_t kSizeBytes = 5;  // with the frame rate

void read_active(ByteReader& reader, std::uint8_t of_all, VideoLayersAllocation& allocation) {
  std::uint8_t pair = 0;
  for (std::size_t i = 0; i < allocation.stream_count; ++i) {
    if (of_all != 0) {
      allocation.active[i] = of_all;
      continue;
    }
    if (i % 2 == 0) pair = reader.read_u8();
    allocation.active[i] = i % 2 == 0 ? pair >> 4 : pair & 0xF;
  }
}

// How many bit rates follow: one for each temporal layer of `layers` spatial ones.
std::size_t read_temporal_layers(ByteReader& reader, std::size_t layers) {
  std::size_t count = 0;
  std::uint8_t four = 0;
  for (std::size_t i = 0; i < layers; ++i) {
    if (i % 4 == 0) four = reader.read_u8();
    count += (four >> (6 - 2 * (i % 4)) & 3U) + 1U;
  }
  return count;
}

// False if it does not end. Rates are measured, and not needed.
bool skip_leb128(ByteReader& reader) {
  for (int i = 0; i < kLeb128BytesMax; ++i) {
    if ((reader.read_u8() & 0x80) == 0) return true;
  }
  return false;
}

void read_sizes(ByteReader& reader, VideoLayersAllocation& allocation) {
  for (std::size_t i = 0; i < allocation.stream_count; ++i) {
    for (int layer = std::popcount(allocation.active[i]); layer > 0; --layer) {
      const std::uint32_t width = reader.read_u16() + 1U;
      const std::uint32_t height = reader.read_u16() + 1U;
      reader.skip(1);
      // 65,536 by 65,536 is one more than there is room for.
      const std::uint64_t pixels = std::min<std::uint64_t>(std::uint64_t{width} * height, ~0U);
      allocation.pixels[i] = std::max(allocation.pixels[i], static_cast<std::uint32_t>(pixels));
    }
  }
}

}  // namespace

bool VideoLayersAllocation::has_active() const {
  return std::ranges::any_of(active, [](std::uint8_t layers) { return layers != 0; });
}

std::optional<VideoLayersAllocation> parse_video_layers_allocation(
    std::span<const std::uint8_t> element) {
  ByteReader reader(element);
  const std::uint8_t first = reader.read_u8();
  VideoLayersAllocation allocation;
  // Nothing is sent: that is said in one byte.
  if (element.size() == 1 && first == 0) return allocation;
  allocation.stream_index = first >> 6;
  allocation.stream_count = static_cast<std::uint8_t>((first >> 4 & 3) + 1);
  if (allocation.stream_index >= allocation.stream_count) return std::nullopt;
  read_active(reader, first & 0xF, allocation);
  std::size_t layers = 0;
  for (const std::uint8_t active : allocation.active)
    layers += static_cast<std::size_t>(std::popcount(active));
  static_assert(kLayersMax <= 16);
  for (std::size_t rates = read_temporal_layers(reader, layers); rates > 0; --rates) {
    if (!skip_leb128(reader)) return std::nullopt;
  }
  if (!reader.ok()) return std::nullopt;
  if (reader.remaining() == 0) return allocation;
  if (reader.remaining() != layers * kSizeBytes) return std::nullopt;
  read_sizes(reader, allocation);
  return allocation;
}

}  // namespace penstock
