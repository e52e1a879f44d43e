#include "dataplane/rtp/rtcp/remb.h"

#include <bit>

#include "dataplane/base/byte_reader.h"

namespace penstock {

namespace {

constexpr std::uint32_t kUniqueIdentifier = 0x52454D42;  // "REMB"
constexpr int kMantissaBits = 18;
constexpr std::uint32_t kMantissaMask = (1U << kMantissaBits) - 1;
constexpr std::size_t kFixedBodyBytes = 16;

}  // namespace

std::optional<Remb> parse_remb(const RtcpPacket& packet) {
  if (!packet.is(kRtcpPayloadFeedback, kFmtApplication)) return std::nullopt;
  ByteReader reader(packet.body);
  Remb remb;
  remb.sender_ssrc = reader.read_u32();
  reader.read_u32();  // SSRC of media source: unused, zero
  if (reader.read_u32() != kUniqueIdentifier) return std::nullopt;
  const std::uint8_t ssrc_count = reader.read_u8();
  const std::uint32_t exponent_and_mantissa = reader.read_u24();
  const std::uint64_t mantissa = exponent_and_mantissa & kMantissaMask;
  const auto exponent = static_cast<int>(exponent_and_mantissa >> kMantissaBits);
  if (exponent > std::countl_zero(mantissa)) return std::nullopt;  // would lose its upper bits
  remb.bitrate_bps = mantissa << exponent;
  for (std::uint8_t i = 0; i < ssrc_count; ++i) {
    if (!remb.ssrcs.push_back(reader.read_u32())) return std::nullopt;
  }
  if (!reader.ok()) return std::nullopt;
  return remb;
}

bool write_remb(ByteWriter& writer, const Remb& remb) {
  const std::size_t body_bytes = kFixedBodyBytes + remb.ssrcs.size() * 4;
  if (writer.remaining() < kRtcpHeaderBytes + body_bytes) return false;
  write_rtcp_header(writer, kFmtApplication, kRtcpPayloadFeedback, body_bytes);
  writer.write_u32(remb.sender_ssrc);
  writer.write_u32(0);
  writer.write_u32(kUniqueIdentifier);
  writer.write_u8(static_cast<std::uint8_t>(remb.ssrcs.size()));
  const int excess_bits = 64 - std::countl_zero(remb.bitrate_bps) - kMantissaBits;
  const int exponent = excess_bits > 0 ? excess_bits : 0;
  const auto mantissa = static_cast<std::uint32_t>(remb.bitrate_bps >> exponent);
  writer.write_u24((static_cast<std::uint32_t>(exponent) << kMantissaBits) | mantissa);
  for (const std::uint32_t ssrc : remb.ssrcs) writer.write_u32(ssrc);
  return true;
}

}  // namespace penstock
