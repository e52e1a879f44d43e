#include "dataplane/rtp/rtcp/bye.h"

#include "dataplane/base/byte_reader.h"
#include "dataplane/base/check.h"

namespace penstock {

std::optional<Bye> parse_bye(const RtcpPacket& packet) {
  if (packet.type != kRtcpBye) return std::nullopt;
  ByteReader reader(packet.body);
  Bye bye;
  for (std::uint8_t i = 0; i < packet.count; ++i) {
    if (!bye.ssrcs.push_back(reader.read_u32())) return std::nullopt;
  }
  if (reader.remaining() > 0) {
    const auto reason = reader.read_bytes(reader.read_u8());
    bye.reason = {reinterpret_cast<const char*>(reason.data()), reason.size()};
  }
  if (!reader.ok()) return std::nullopt;
  return bye;
}

bool write_bye(ByteWriter& writer, std::span<const std::uint32_t> ssrcs) {
  PENSTOCK_CHECK(ssrcs.size() <= kRtcpItemsMax);
  const std::size_t body_bytes = ssrcs.size() * 4;
  if (writer.remaining() < kRtcpHeaderBytes + body_bytes) return false;
  write_rtcp_header(writer, static_cast<std::uint8_t>(ssrcs.size()), kRtcpBye, body_bytes);
  for (const std::uint32_t ssrc : ssrcs) writer.write_u32(ssrc);
  return true;
}

}  // namespace penstock
