// RTCP receiver report (RFC 3550 section 6.4.2).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/static_vector.h"
#include "dataplane/rtp/rtcp/compound.h"
#include "dataplane/rtp/rtcp/report_block.h"

namespace penstock {

struct ReceiverReport {
  std::uint32_t sender_ssrc = 0;
  StaticVector<ReportBlock, kRtcpItemsMax> blocks;
};

// Empty unless `packet` is an RR with all the blocks it announces. Profile-specific extensions
// after them are ignored.
std::optional<ReceiverReport> parse_receiver_report(const RtcpPacket& packet);

// Appends the packet (with at most 31 blocks, which is the caller's to keep); false, and nothing
// written, if it does not fit. Without blocks it is the empty RR that begins a compound packet.
bool write_receiver_report(ByteWriter& writer, std::uint32_t sender_ssrc,
                           std::span<const ReportBlock> blocks);

}  // namespace penstock
