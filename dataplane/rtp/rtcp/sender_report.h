// RTCP sender report (RFC 3550 section 6.4.1).
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/base/static_vector.h"
#include "dataplane/base/time.h"
#include "dataplane/rtp/rtcp/compound.h"
#include "dataplane/rtp/rtcp/report_block.h"

namespace penstock {

struct SenderReport {
  std::uint32_t sender_ssrc = 0;
  NtpTime ntp = 0;
  std::uint32_t rtp_timestamp = 0;  // the same instant as `ntp`
  std::uint32_t packet_count = 0;
  std::uint32_t octet_count = 0;  // payload bytes, without header and padding
  StaticVector<ReportBlock, kRtcpItemsMax> blocks;
};

// Empty unless `packet` is an SR with all the blocks it announces. Profile-specific extensions
// after them are ignored.
std::optional<SenderReport> parse_sender_report(const RtcpPacket& packet);

// Appends the packet; false, and nothing written, if it does not fit.
bool write_sender_report(ByteWriter& writer, const SenderReport& report);

}  // namespace penstock
