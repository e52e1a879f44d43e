#include "dataplane/rtp/payload/h264.h"

#include "dataplane/base/byte_reader.h"

namespace penstock {

namespace {

enum NalType : std::uint8_t {
  kSliceNonIdr = 1,
  kSliceIdr = 5,
  kSps = 7,
  kAccessUnitDelimiter = 9,
  kSingleMax = 23,
  kStapA = 24,
  kFuA = 28,
};
constexpr std::uint8_t kNalTypeMask = 0x1F;
constexpr std::uint8_t kNalRefIdcMask = 0x60;
constexpr std::uint8_t kFuStart = 0x80;

// Adds what the start of one NAL unit says. `data` follows its header byte.
void add_unit(std::uint8_t header, std::span<const std::uint8_t> data, PayloadInfo& info) {
  const std::uint8_t type = header & kNalTypeMask;
  const bool is_slice = type == kSliceNonIdr || type == kSliceIdr;
  // The first bit of a slice header is set if and only if first_mb_in_slice, ue(v), is 0.
  const bool is_first_slice = is_slice && !data.empty() && (data[0] & 0x80) != 0;
  if (is_slice) info.is_discardable = (header & kNalRefIdcMask) == 0;
  if (is_first_slice || type == kSps || type == kAccessUnitDelimiter) info.is_frame_start = true;
  if (type == kSps || (type == kSliceIdr && is_first_slice)) info.is_keyframe_start = true;
}

bool add_aggregated_units(ByteReader& reader, PayloadInfo& info) {
  while (reader.remaining() > 0) {
    const auto unit = reader.read_bytes(reader.read_u16());
    if (unit.empty()) return false;
    add_unit(unit[0], unit.subspan(1), info);
  }
  return true;
}

}  // namespace

std::optional<PayloadInfo> describe_h264(std::span<const std::uint8_t> payload, bool marker) {
  ByteReader reader(payload);
  const std::uint8_t header = reader.read_u8();
  const std::uint8_t type = header & kNalTypeMask;
  if (reader.remaining() == 0) return std::nullopt;

  PayloadInfo info;
  info.is_frame_end = marker;
  info.is_picture_end = marker;
  if (type == kStapA) {
    if (!add_aggregated_units(reader, info)) return std::nullopt;
  } else if (type == kFuA) {
    const std::uint8_t fu_header = reader.read_u8();
    if (reader.remaining() == 0) return std::nullopt;
    const auto unit_header =
        static_cast<std::uint8_t>((header & kNalRefIdcMask) | (fu_header & kNalTypeMask));
    if (fu_header & kFuStart) add_unit(unit_header, reader.rest(), info);
  } else if (type >= kSliceNonIdr && type <= kSingleMax) {
    add_unit(header, reader.rest(), info);
  } else {
    return std::nullopt;
  }
  return info;
}

std::span<const std::uint8_t> find_h264_sps(std::span<const std::uint8_t> payload) {
  ByteReader reader(payload);
  const std::uint8_t type = reader.read_u8() & kNalTypeMask;
  if (type == kSps) return reader.rest();
  while (type == kStapA && reader.remaining() > 0) {
    const auto unit = reader.read_bytes(reader.read_u16());
    if (!unit.empty() && (unit[0] & kNalTypeMask) == kSps) return unit.subspan(1);
  }
  return {};
}

}  // namespace penstock
