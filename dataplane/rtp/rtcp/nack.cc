#include "dataplane/rtp/rtcp/nack.h"

#include "dataplane/base/byte_reader.h"

namespace penstock {

namespace {

constexpr std::size_t kItemBytes = 4;
constexpr unsigned kBlpBits = 16;

struct NackItem {
  std::uint16_t pid = 0;
  std::uint16_t blp = 0;
  std::size_t lost_count = 0;
};

// The item that begins with lost[0], with as many of the following numbers as its bitmask reaches.
NackItem first_item(std::span<const std::uint16_t> lost) {
  NackItem item{lost[0], 0, 1};
  for (; item.lost_count < lost.size(); ++item.lost_count) {
    const auto distance = static_cast<std::uint16_t>(lost[item.lost_count] - item.pid);
    if (distance == 0) continue;  // said already
    if (distance > kBlpBits) break;
    item.blp = static_cast<std::uint16_t>(item.blp | (1U << (distance - 1)));
  }
  return item;
}

}  // namespace

std::optional<Nack> parse_nack(const RtcpPacket& packet) {
  if (!packet.is(kRtcpTransportFeedback, kFmtNack)) return std::nullopt;
  ByteReader reader(packet.body);
  Nack nack;
  nack.sender_ssrc = reader.read_u32();
  nack.media_ssrc = reader.read_u32();
  nack.items = reader.read_bytes(reader.remaining() / kItemBytes * kItemBytes);
  if (!reader.ok() || nack.items.empty()) return std::nullopt;
  return nack;
}

std::size_t write_nack(ByteWriter& writer, std::uint32_t sender_ssrc, std::uint32_t media_ssrc,
                       std::span<const std::uint16_t> lost) {
  constexpr std::size_t kLeastBytes = kRtcpHeaderBytes + kFeedbackSsrcsBytes + kItemBytes;
  if (lost.empty() || writer.remaining() < kLeastBytes) return 0;
  const std::size_t length_at = writer.size() + 2;
  write_rtcp_header(writer, kFmtNack, kRtcpTransportFeedback, 0);
  writer.write_u32(sender_ssrc);
  writer.write_u32(media_ssrc);
  std::size_t done = 0;
  std::size_t body_bytes = kFeedbackSsrcsBytes;
  while (done < lost.size() && writer.remaining() >= kItemBytes) {
    const NackItem item = first_item(lost.subspan(done));
    writer.write_u16(item.pid);
    writer.write_u16(item.blp);
    done += item.lost_count;
    body_bytes += kItemBytes;
  }
  writer.patch_u16(length_at, static_cast<std::uint16_t>(body_bytes / 4));
  return done;
}

}  // namespace penstock
