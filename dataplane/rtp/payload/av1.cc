#include "dataplane/rtp/payload/av1.h"

#include "dataplane/base/byte_reader.h"

namespace penstock {

namespace {

// Aggregation header.
constexpr std::uint8_t kContinuesObu = 0x80;           // Z
constexpr std::uint8_t kNewCodedVideoSequence = 0x08;  // N

enum ObuType : std::uint8_t {
  kSequenceHeader = 1,
  kTemporalDelimiter = 2,
  kFrameHeader = 3,
  kFrame = 6,
};

// An unsigned LEB128 number of at most 8 bytes (AV1 section 4.10.5). Values of 2^32 and more,
// which no packet can have as a length, kill the reader.
std::size_t read_leb128(ByteReader& reader) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 56; shift += 7) {
    const std::uint8_t byte = reader.read_u8();
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if ((byte & 0x80) == 0) {
      if (value > 0xFFFFFFFF) break;
      return value;
    }
  }
  reader.skip(reader.remaining() + 1);
  return 0;
}

// Adds what the header of an OBU that begins in this packet says.
void add_obu(std::span<const std::uint8_t> obu, PayloadInfo& info) {
  const std::uint8_t type = (obu[0] >> 3) & 0x0F;
  const bool has_extension = (obu[0] & 0x04) != 0;
  if (has_extension && obu.size() >= 2) {
    info.temporal_layer = obu[1] >> 5;
    info.spatial_layer = (obu[1] >> 3) & 0x03;
  }
  if (type == kSequenceHeader) info.is_keyframe_start = true;
  if (type == kSequenceHeader || type == kTemporalDelimiter || type == kFrameHeader ||
      type == kFrame) {
    info.is_frame_start = true;
  }
}

}  // namespace

std::optional<PayloadInfo> describe_av1(std::span<const std::uint8_t> payload, bool marker) {
  ByteReader reader(payload);
  const std::uint8_t aggregation = reader.read_u8();
  const unsigned element_count = (aggregation >> 4) & 3U;  // W; 0 = every element has a length
  bool continues = (aggregation & kContinuesObu) != 0;
  const bool new_sequence = (aggregation & kNewCodedVideoSequence) != 0;
  if (reader.remaining() == 0 || (continues && new_sequence)) return std::nullopt;

  PayloadInfo info;
  info.descriptor_bytes = 1;
  info.is_keyframe_start = new_sequence;
  info.is_frame_start = new_sequence;
  info.is_frame_end = marker;
  info.is_picture_end = marker;
  for (unsigned i = 1; reader.remaining() > 0; ++i) {
    const bool has_length = element_count == 0 || i < element_count;
    const auto element = reader.read_bytes(has_length ? read_leb128(reader) : reader.remaining());
    if (!continues && !element.empty()) add_obu(element, info);
    continues = false;
  }
  if (!reader.ok()) return std::nullopt;
  return info;
}

std::span<const std::uint8_t> find_av1_sequence_header(std::span<const std::uint8_t> payload) {
  constexpr std::uint8_t kHasSize = 0x02;
  ByteReader reader(payload);
  const std::uint8_t aggregation = reader.read_u8();
  const unsigned element_count = (aggregation >> 4) & 3U;
  bool continues = (aggregation & kContinuesObu) != 0;
  for (unsigned i = 1; reader.remaining() > 0; ++i) {
    const bool has_length = element_count == 0 || i < element_count;
    ByteReader obu(reader.read_bytes(has_length ? read_leb128(reader) : reader.remaining()));
    const std::uint8_t header = obu.read_u8();
    if (!continues && ((header >> 3) & 0x0F) == kSequenceHeader) {
      if ((header & 0x04) != 0) obu.skip(1);
      if ((header & kHasSize) != 0) read_leb128(obu);
      return obu.rest();
    }
    continues = false;
  }
  return {};
}

}  // namespace penstock
