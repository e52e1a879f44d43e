#include "dataplane/rtp/header.h"

#include <limits>

#include "dataplane/base/endian.h"

namespace penstock {

namespace {

constexpr std::uint8_t kVersion2 = 0x80;
constexpr std::uint8_t kVersionMask = 0xC0;
constexpr std::uint8_t kPaddingBit = 0x20;
constexpr std::uint8_t kExtensionBit = 0x10;
constexpr std::uint8_t kMarkerBit = 0x80;

}  // namespace

std::expected<RtpHeader, DropReason> parse_rtp_header(std::span<const std::uint8_t> packet) {
  constexpr auto kInvalid = std::unexpected(DropReason::kRtpInvalid);
  if (packet.size() < kRtpFixedHeaderBytes) return kInvalid;
  if (packet.size() > std::numeric_limits<std::uint16_t>::max()) return kInvalid;
  if ((packet[0] & kVersionMask) != kVersion2) return kInvalid;

  RtpHeader header;
  header.has_padding = (packet[0] & kPaddingBit) != 0;
  header.has_extension = (packet[0] & kExtensionBit) != 0;
  header.csrc_count = packet[0] & 0x0F;
  header.marker = (packet[1] & kMarkerBit) != 0;
  header.payload_type = packet[1] & 0x7F;
  header.sequence_number = load_be16(&packet[2]);
  header.timestamp = load_be32(&packet[4]);
  header.ssrc = load_be32(&packet[8]);

  std::size_t header_bytes = kRtpFixedHeaderBytes + std::size_t{header.csrc_count} * 4;
  if (header.has_extension) {
    if (packet.size() < header_bytes + 4) return kInvalid;
    header.extension_profile = load_be16(&packet[header_bytes]);
    const std::size_t extension_bytes = std::size_t{load_be16(&packet[header_bytes + 2])} * 4;
    header_bytes += 4;
    header.extension_offset = static_cast<std::uint16_t>(header_bytes);
    header.extension_bytes = static_cast<std::uint16_t>(extension_bytes);
    header_bytes += extension_bytes;
  }
  if (packet.size() < header_bytes) return kInvalid;
  header.header_bytes = static_cast<std::uint16_t>(header_bytes);
  return header;
}

std::optional<std::size_t> padding_bytes(std::span<const std::uint8_t> packet,
                                         const RtpHeader& header) {
  if (!header.has_padding) return 0;
  if (packet.size() <= header.header_bytes) return std::nullopt;
  const std::size_t count = packet.back();
  if (count == 0 || count > packet.size() - header.header_bytes) return std::nullopt;
  return count;
}

void write_rtp_header(ByteWriter& writer, const RtpHeader& header) {
  writer.write_u8(static_cast<std::uint8_t>(kVersion2 | (header.has_padding ? kPaddingBit : 0) |
                                            (header.has_extension ? kExtensionBit : 0) |
                                            (header.csrc_count & 0x0F)));
  writer.write_u8(
      static_cast<std::uint8_t>((header.marker ? kMarkerBit : 0) | (header.payload_type & 0x7F)));
  writer.write_u16(header.sequence_number);
  writer.write_u32(header.timestamp);
  writer.write_u32(header.ssrc);
}

}  // namespace penstock
