#include "dataplane/rtp/rtcp/report_block.h"

#include <algorithm>

namespace penstock {

ReportBlock read_report_block(ByteReader& reader) {
  ReportBlock block;
  block.ssrc = reader.read_u32();
  block.fraction_lost = reader.read_u8();
  const std::uint32_t lost = reader.read_u24();
  block.cumulative_lost = static_cast<std::int32_t>(lost << 8) >> 8;  // extends the sign
  block.extended_highest_sequence = reader.read_u32();
  block.jitter = reader.read_u32();
  block.last_sr = reader.read_u32();
  block.delay_since_last_sr = reader.read_u32();
  return block;
}

void write_report_block(ByteWriter& writer, const ReportBlock& block) {
  const std::int32_t lost = std::clamp(block.cumulative_lost, -0x800000, 0x7FFFFF);
  writer.write_u32(block.ssrc);
  writer.write_u8(block.fraction_lost);
  writer.write_u24(static_cast<std::uint32_t>(lost) & 0xFFFFFF);
  writer.write_u32(block.extended_highest_sequence);
  writer.write_u32(block.jitter);
  writer.write_u32(block.last_sr);
  writer.write_u32(block.delay_since_last_sr);
}

}  // namespace penstock
