#include "dataplane/rtp/rtcp/sender_report.h"

namespace penstock {

namespace {

constexpr std::size_t kSenderInfoBytes = 24;  // sender SSRC included

}  // namespace

std::optional<SenderReport> parse_sender_report(const RtcpPacket& packet) {
  if (packet.type != kRtcpSenderReport) return std::nullopt;
  ByteReader reader(packet.body);
  SenderReport report;
  report.sender_ssrc = reader.read_u32();
  report.ntp = reader.read_u64();
  report.rtp_timestamp = reader.read_u32();
  report.packet_count = reader.read_u32();
  report.octet_count = reader.read_u32();
  for (std::uint8_t i = 0; i < packet.count; ++i) {
    if (!report.blocks.push_back(read_report_block(reader))) return std::nullopt;
  }
  if (!reader.ok()) return std::nullopt;
  return report;
}

bool write_sender_report(ByteWriter& writer, const SenderReport& report) {
  const std::size_t body_bytes = kSenderInfoBytes + report.blocks.size() * kReportBlockBytes;
  if (writer.remaining() < kRtcpHeaderBytes + body_bytes) return false;
  write_rtcp_header(writer, static_cast<std::uint8_t>(report.blocks.size()), kRtcpSenderReport,
                    body_bytes);
  writer.write_u32(report.sender_ssrc);
  writer.write_u64(report.ntp);
  writer.write_u32(report.rtp_timestamp);
  writer.write_u32(report.packet_count);
  writer.write_u32(report.octet_count);
  for (const ReportBlock& block : report.blocks) write_report_block(writer, block);
  return true;
}

}  // namespace penstock
