#include "dataplane/rtp/rtcp/sdes.h"

#include <algorithm>

#include "dataplane/base/byte_reader.h"

namespace penstock {

namespace {

constexpr std::uint8_t kItemEnd = 0;
constexpr std::uint8_t kItemCname = 1;

// One chunk: SSRC, items, the null byte that ends them, and null bytes up to a multiple of four.
SdesChunk read_chunk(ByteReader& reader) {
  SdesChunk chunk;
  chunk.ssrc = reader.read_u32();
  while (const std::uint8_t type = reader.read_u8()) {  // zero also once the reader is dead
    const auto text = reader.read_bytes(reader.read_u8());
    if (type == kItemCname && chunk.cname.empty() && !text.empty()) {
      chunk.cname = {reinterpret_cast<const char*>(text.data()), text.size()};
    }
  }
  reader.skip((4 - reader.position() % 4) % 4);
  return chunk;
}

}  // namespace

std::optional<SdesChunks> parse_sdes(const RtcpPacket& packet) {
  if (packet.type != kRtcpSdes) return std::nullopt;
  ByteReader reader(packet.body);
  SdesChunks chunks;
  for (std::uint8_t i = 0; i < packet.count; ++i) {
    if (!chunks.push_back(read_chunk(reader)) || !reader.ok()) return std::nullopt;
  }
  return chunks;
}

bool write_sdes_cname(ByteWriter& writer, std::uint32_t ssrc, std::string_view cname) {
  cname = cname.substr(0, 255);
  const std::size_t unpadded_bytes = 4 + 2 + cname.size() + 1;
  const std::size_t body_bytes = (unpadded_bytes + 3) / 4 * 4;
  if (writer.remaining() < kRtcpHeaderBytes + body_bytes) return false;
  write_rtcp_header(writer, 1, kRtcpSdes, body_bytes);
  writer.write_u32(ssrc);
  writer.write_u8(kItemCname);
  writer.write_u8(static_cast<std::uint8_t>(cname.size()));
  writer.write_bytes({reinterpret_cast<const std::uint8_t*>(cname.data()), cname.size()});
  writer.write_u8(kItemEnd);
  writer.write_zeros(body_bytes - unpadded_bytes);
  return true;
}

}  // namespace penstock
