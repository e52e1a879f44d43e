#include "dataplane/rtp/rtcp/pli.h"

#include "dataplane/base/byte_reader.h"

namespace penstock {

namespace {

constexpr std::size_t kBodyBytes = 8;

}  // namespace

std::optional<Pli> parse_pli(const RtcpPacket& packet) {
  if (!packet.is(kRtcpPayloadFeedback, kFmtPli)) return std::nullopt;
  ByteReader reader(packet.body);
  Pli pli;
  pli.sender_ssrc = reader.read_u32();
  pli.media_ssrc = reader.read_u32();
  if (!reader.ok()) return std::nullopt;
  return pli;
}

bool write_pli(ByteWriter& writer, const Pli& pli) {
  if (writer.remaining() < kRtcpHeaderBytes + kBodyBytes) return false;
  write_rtcp_header(writer, kFmtPli, kRtcpPayloadFeedback, kBodyBytes);
  writer.write_u32(pli.sender_ssrc);
  writer.write_u32(pli.media_ssrc);
  return true;
}

}  // namespace penstock
