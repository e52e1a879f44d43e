// How large the picture is that a keyframe begins, as its first packet says: VP8 (RFC 7741 section
// 4.3, RFC 6386 section 9.1), VP9 (scalability structure, RFC 9628 section 4.2.1, or the
// uncompressed header), H.264 (SPS, ITU-T H.264 section 7.3.2.1.1) and AV1 (sequence header OBU,
// AV1 section 5.5). Stateless; called by workers, for keyframes of simulcast streams only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/rtp/media_types.h"

namespace penstock {

struct PictureSize {
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  std::uint64_t pixels() const { return std::uint64_t{width} * height; }
  bool operator==(const PictureSize&) const = default;
};

// `payload`: of a packet in which a keyframe starts (PayloadInfo), without its padding. Empty if
// the packet does not say it, or not within what is read here: H.264 with scaling matrices, and an
// SPS in fragments. Of several layers the largest; H.264 before cropping.
std::optional<PictureSize> picture_size(Codec codec, std::span<const std::uint8_t> payload);

}  // namespace penstock
