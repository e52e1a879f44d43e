// RTCP extended reports (RFC 3611): receiver reference time (RRTR, section 4.4) and its answer,
// delay since the last receiver report (DLRR, section 4.5), by which a receiver that sends no media
// measures its round trip time. Other blocks are skipped.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/static_vector.h"
#include "dataplane/base/time.h"
#include "dataplane/rtp/rtcp/compound.h"

namespace penstock {

struct DlrrItem {
  std::uint32_t ssrc = 0;     // the receiver whose RRTR is answered
  std::uint32_t last_rr = 0;  // compact NTP time of that RRTR
  std::uint32_t delay = 0;    // from receiving it to this answer, in 1/65,536 s

  bool operator==(const DlrrItem&) const = default;
};

struct ExtendedReport {
  std::uint32_t sender_ssrc = 0;
  std::optional<NtpTime> receiver_reference_time;
  StaticVector<DlrrItem, kRtcpItemsMax> dlrr;  // items beyond the capacity are ignored
};

// Empty unless `packet` is an XR whose blocks all fit and have the sizes of their types.
std::optional<ExtendedReport> parse_extended_report(const RtcpPacket& packet);

// Appends an XR with one RRTR block; false, and nothing written, if it does not fit.
bool write_receiver_reference_time(ByteWriter& writer, std::uint32_t sender_ssrc, NtpTime ntp);

// Appends an XR with one DLRR block; false, and nothing written, if it does not fit.
bool write_dlrr(ByteWriter& writer, std::uint32_t sender_ssrc, std::span<const DlrrItem> items);

}  // namespace penstock
