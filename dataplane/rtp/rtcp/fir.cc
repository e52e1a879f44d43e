#include "dataplane/rtp/rtcp/fir.h"

#include "dataplane/base/byte_reader.h"

namespace penstock {

namespace {

constexpr std::size_t kEntryBytes = 8;

}  // namespace

std::optional<Fir> parse_fir(const RtcpPacket& packet) {
  if (!packet.is(kRtcpPayloadFeedback, kFmtFir)) return std::nullopt;
  ByteReader reader(packet.body);
  Fir fir;
  fir.sender_ssrc = reader.read_u32();
  reader.read_u32();  // SSRC of media source: unused, zero
  while (reader.remaining() >= kEntryBytes) {
    const FirEntry entry{reader.read_u32(), reader.read_u8()};
    reader.read_u24();  // reserved
    if (!fir.entries.push_back(entry)) return std::nullopt;
  }
  if (!reader.ok() || fir.entries.empty()) return std::nullopt;
  return fir;
}

bool write_fir(ByteWriter& writer, const Fir& fir) {
  const std::size_t body_bytes = kFeedbackSsrcsBytes + fir.entries.size() * kEntryBytes;
  if (writer.remaining() < kRtcpHeaderBytes + body_bytes) return false;
  write_rtcp_header(writer, kFmtFir, kRtcpPayloadFeedback, body_bytes);
  writer.write_u32(fir.sender_ssrc);
  writer.write_u32(0);
  for (const FirEntry& entry : fir.entries) {
    writer.write_u32(entry.ssrc);
    writer.write_u8(entry.sequence_number);
    writer.write_u24(0);
  }
  return true;
}

}  // namespace penstock
