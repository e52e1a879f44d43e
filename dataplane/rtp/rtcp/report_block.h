// The report block that SR and RR share (RFC 3550 section 6.4.1).
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/byte_reader.h"
#include "dataplane/base/byte_writer.h"

namespace penstock {

inline constexpr std::size_t kReportBlockBytes = 24;

struct ReportBlock {
  std::uint32_t ssrc = 0;                       // whose reception this reports
  std::uint8_t fraction_lost = 0;               // in 1/256, since the last report
  std::int32_t cumulative_lost = 0;             // 24-bit signed
  std::uint32_t extended_highest_sequence = 0;  // cycles in the upper 16 bits
  std::uint32_t jitter = 0;                     // timestamp units
  std::uint32_t last_sr = 0;                    // middle 32 bits of the last SR's NTP time, or 0
  std::uint32_t delay_since_last_sr = 0;        // in 1/65,536 s

  bool operator==(const ReportBlock&) const = default;
};

// Reads 24 bytes; the caller checks `reader.ok()`.
ReportBlock read_report_block(ByteReader& reader);

// Appends 24 bytes. `cumulative_lost` is clamped to its 24 bits.
void write_report_block(ByteWriter& writer, const ReportBlock& block);

}  // namespace penstock
