// The beginning of a VP8 frame behind its payload descriptor (RFC 6386 section 9.1), as far as
// anybody on the way reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/byte_writer.h"

namespace penstock::test {

inline constexpr std::size_t kVp8KeyframeHeaderBytes = 10;

// The inverse key bit.
inline void write_vp8_frame_tag(std::span<std::uint8_t> frame, bool is_keyframe) {
  frame[0] = is_keyframe ? 0x00 : 0x01;
}

// Of a keyframe, behind its tag of 3 bytes: the start code and the sides, low byte first.
inline void write_vp8_sides(std::span<std::uint8_t> frame, std::uint16_t width,
                            std::uint16_t height) {
  ByteWriter writer(frame.subspan(3, kVp8KeyframeHeaderBytes - 3));
  writer.write_u8(0x9D);
  writer.write_u16(0x012A);
  for (const std::uint16_t side : {width, height}) {
    writer.write_u8(static_cast<std::uint8_t>(side));
    writer.write_u8(static_cast<std::uint8_t>(side >> 8));
  }
}

}  // namespace penstock::test
