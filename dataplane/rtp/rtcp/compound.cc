#include "dataplane/rtp/rtcp/compound.h"

#include "dataplane/base/endian.h"

namespace penstock {

namespace {

// The packet at the start of `bytes`; sets `packet_bytes` to its whole size.
std::optional<RtcpPacket> parse_packet(std::span<const std::uint8_t> bytes,
                                       std::size_t& packet_bytes) {
  if (bytes.size() < kRtcpHeaderBytes || (bytes[0] & 0xC0) != 0x80) return std::nullopt;
  packet_bytes = (std::size_t{load_be16(&bytes[2])} + 1) * 4;
  if (packet_bytes > bytes.size()) return std::nullopt;

  std::size_t body_bytes = packet_bytes - kRtcpHeaderBytes;
  if ((bytes[0] & 0x20) != 0) {
    // RFC 3550 wants multiples of four, in the last packet only; libwebrtc pads transport-cc
    // feedback with 1 to 3 bytes, wherever it stands.
    const std::size_t padding = body_bytes == 0 ? 0 : bytes[packet_bytes - 1];
    if (padding == 0 || padding > body_bytes) return std::nullopt;
    body_bytes -= padding;
  }
  return RtcpPacket{static_cast<std::uint8_t>(bytes[0] & 0x1F), bytes[1],
                    bytes.subspan(kRtcpHeaderBytes, body_bytes)};
}

}  // namespace

std::optional<RtcpPacket> CompoundReader::next() {
  if (rest_.empty()) return std::nullopt;
  std::size_t packet_bytes = 0;
  const auto packet = parse_packet(rest_, packet_bytes);
  if (packet) {
    rest_ = rest_.subspan(packet_bytes);
  } else {
    malformed_ = true;
    rest_ = {};
  }
  return packet;
}

void write_rtcp_header(ByteWriter& writer, std::uint8_t count, std::uint8_t type,
                       std::size_t body_bytes) {
  writer.write_u8(static_cast<std::uint8_t>(0x80 | (count & 0x1F)));
  writer.write_u8(type);
  writer.write_u16(static_cast<std::uint16_t>(body_bytes / 4));
}

}  // namespace penstock
