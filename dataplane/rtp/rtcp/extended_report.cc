#include "dataplane/rtp/rtcp/extended_report.h"

#include "dataplane/base/byte_reader.h"

namespace penstock {

namespace {

constexpr std::uint8_t kBlockReceiverReferenceTime = 4;
constexpr std::uint8_t kBlockDlrr = 5;
constexpr std::size_t kBlockHeaderBytes = 4;
constexpr std::size_t kReferenceTimeBytes = 8;
constexpr std::size_t kDlrrItemBytes = 12;

void write_xr_head(ByteWriter& writer, std::uint32_t sender_ssrc, std::uint8_t block_type,
                   std::size_t block_bytes) {
  write_rtcp_header(writer, 0, kRtcpExtendedReport, 4 + kBlockHeaderBytes + block_bytes);
  writer.write_u32(sender_ssrc);
  writer.write_u8(block_type);
  writer.write_u8(0);
  writer.write_u16(static_cast<std::uint16_t>(block_bytes / 4));
}

bool parse_dlrr(std::span<const std::uint8_t> block, ExtendedReport& report) {
  if (block.size() % kDlrrItemBytes != 0) return false;
  ByteReader reader(block);
  while (reader.remaining() > 0 && !report.dlrr.full()) {
    DlrrItem item;
    item.ssrc = reader.read_u32();
    item.last_rr = reader.read_u32();
    item.delay = reader.read_u32();
    if (!report.dlrr.push_back(item)) return false;
  }
  return true;
}

}  // namespace

std::optional<ExtendedReport> parse_extended_report(const RtcpPacket& packet) {
  if (packet.type != kRtcpExtendedReport) return std::nullopt;
  ByteReader reader(packet.body);
  ExtendedReport report;
  report.sender_ssrc = reader.read_u32();
  while (reader.remaining() >= kBlockHeaderBytes) {
    const std::uint8_t block_type = reader.read_u8();
    reader.read_u8();  // type-specific
    const auto block = reader.read_bytes(std::size_t{reader.read_u16()} * 4);
    if (!reader.ok()) return std::nullopt;
    if (block_type == kBlockReceiverReferenceTime) {
      if (block.size() != kReferenceTimeBytes) return std::nullopt;
      report.receiver_reference_time = load_be64(block.data());
    } else if (block_type == kBlockDlrr && !parse_dlrr(block, report)) {
      return std::nullopt;
    }
  }
  if (!reader.ok()) return std::nullopt;
  return report;
}

bool write_receiver_reference_time(ByteWriter& writer, std::uint32_t sender_ssrc, NtpTime ntp) {
  constexpr std::size_t kBytes = kRtcpHeaderBytes + 4 + kBlockHeaderBytes + kReferenceTimeBytes;
  if (writer.remaining() < kBytes) return false;
  write_xr_head(writer, sender_ssrc, kBlockReceiverReferenceTime, kReferenceTimeBytes);
  writer.write_u64(ntp);
  return true;
}

bool write_dlrr(ByteWriter& writer, std::uint32_t sender_ssrc, std::span<const DlrrItem> items) {
  const std::size_t block_bytes = items.size() * kDlrrItemBytes;
  if (writer.remaining() < kRtcpHeaderBytes + 4 + kBlockHeaderBytes + block_bytes) return false;
  write_xr_head(writer, sender_ssrc, kBlockDlrr, block_bytes);
  for (const DlrrItem& item : items) {
    writer.write_u32(item.ssrc);
    writer.write_u32(item.last_rr);
    writer.write_u32(item.delay);
  }
  return true;
}

}  // namespace penstock
