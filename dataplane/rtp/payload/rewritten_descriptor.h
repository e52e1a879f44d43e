// A payload descriptor with other numbers of pictures (VP8, VP9), which a receiver gets in place of
// the payload's own. A value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace penstock {

// What a receiver sees of a picture.
struct PictureNames {
  std::uint16_t picture_id = 0;  // 15 bits
  std::uint8_t tl0_picture_index = 0;
  std::uint8_t key_index = 0;  // VP8, 5 bits

  bool operator==(const PictureNames&) const = default;
};

struct RewrittenDescriptor {
  static constexpr std::size_t kBytesMax = 6;

  void put(unsigned byte) { bytes[size++] = static_cast<std::uint8_t>(byte); }
  void put_picture_id(std::uint16_t id) {
    put(0x80U | (id >> 8 & 0x7FU));
    put(id & 0xFFU);
  }

  std::array<std::uint8_t, kBytesMax> bytes{};
  std::uint8_t size = 0;          // 0: the payload has no descriptor that could be changed
  std::uint8_t source_bytes = 0;  // of the payload, that it takes the place of
};

}  // namespace penstock
