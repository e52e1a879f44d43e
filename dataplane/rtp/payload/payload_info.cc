#include "dataplane/rtp/payload/payload_info.h"

#include "dataplane/rtp/payload/av1.h"
#include "dataplane/rtp/payload/h264.h"
#include "dataplane/rtp/payload/vp8.h"
#include "dataplane/rtp/payload/vp9.h"

namespace penstock {

namespace {

std::optional<PayloadInfo> describe_opus(std::span<const std::uint8_t> payload) {
  if (payload.empty()) return std::nullopt;
  PayloadInfo info;
  info.is_keyframe_start = true;
  info.is_frame_start = true;
  info.is_frame_end = true;
  info.is_picture_end = true;
  return info;
}

}  // namespace

std::optional<PayloadInfo> describe_payload(Codec codec, std::span<const std::uint8_t> payload,
                                            bool marker) {
  switch (codec) {
    case Codec::kOpus:
      return describe_opus(payload);
    case Codec::kVp8:
      return describe_vp8(payload, marker);
    case Codec::kVp9:
      return describe_vp9(payload, marker);
    case Codec::kH264:
      return describe_h264(payload, marker);
    case Codec::kAv1:
      return describe_av1(payload, marker);
  }
  return std::nullopt;
}

}  // namespace penstock
