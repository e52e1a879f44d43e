#include "dataplane/rtp/rtcp/receiver_report.h"

#include "dataplane/base/check.h"

namespace penstock {

std::optional<ReceiverReport> parse_receiver_report(const RtcpPacket& packet) {
  if (packet.type != kRtcpReceiverReport) return std::nullopt;
  ByteReader reader(packet.body);
  ReceiverReport report;
  report.sender_ssrc = reader.read_u32();
  for (std::uint8_t i = 0; i < packet.count; ++i) {
    if (!report.blocks.push_back(read_report_block(reader))) return std::nullopt;
  }
  if (!reader.ok()) return std::nullopt;
  return report;
}

bool write_receiver_report(ByteWriter& writer, std::uint32_t sender_ssrc,
                           std::span<const ReportBlock> blocks) {
  PENSTOCK_CHECK(blocks.size() <= kRtcpItemsMax);
  const std::size_t body_bytes = 4 + blocks.size() * kReportBlockBytes;
  if (writer.remaining() < kRtcpHeaderBytes + body_bytes) return false;
  write_rtcp_header(writer, static_cast<std::uint8_t>(blocks.size()), kRtcpReceiverReport,
                    body_bytes);
  writer.write_u32(sender_ssrc);
  for (const ReportBlock& block : blocks) write_report_block(writer, block);
  return true;
}

}  // namespace penstock
