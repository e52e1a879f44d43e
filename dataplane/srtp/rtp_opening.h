// The steps of receiving an SRTP packet that need no cryptography (RFC 3711 section 3.3): before
// it, which index to try and whether that was seen; after it, moving window, ROC and the table of
// SSRCs. Between the two nothing changes. Same thread as the context.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/base/endian.h"
#include "dataplane/srtp/batch.h"

namespace penstock {

// SSRC and sequence number of an RTP packet whose header is known to be there.
inline std::uint32_t rtp_ssrc(const std::uint8_t* packet) { return load_be32(packet + 8); }
inline std::uint16_t rtp_sequence_number(const std::uint8_t* packet) {
  return load_be16(packet + 2);
}

// A job on its way through the stages.
struct RtpOpening {
  UnprotectJob* job = nullptr;
  // Of its SSRC; null if nothing of that was authenticated yet. It stays where it is, but an SSRC
  // that is added before the batch is done may have taken the place (SourceWindows::holds).
  SrtpReplayWindow* window = nullptr;
  std::uint64_t index = 0;    // the packet index that is tried
  bool is_authentic = false;  // the tag is right for that index

  std::uint32_t ssrc() const { return rtp_ssrc(job->packet); }
  std::uint16_t sequence_number() const { return rtp_sequence_number(job->packet); }
  std::size_t plain_bytes() const { return job->packet_bytes - job->context->tag_bytes(); }
};

// Refuses what can be refused without cryptography, or chooses the index to try. If empty, the
// reason is in job.result.
std::optional<RtpOpening> admit_rtp(UnprotectJob& job);

// Of a job without keys (SrtpProfile::kNone): whoever sends it is believed, and it is where its
// payload goes.
void accept_plain(RtpOpening& opening);

// Ends a job: if authentic, checks again (an earlier job of the batch may have been the same
// packet), then commits. Sets job.result.
void settle_rtp(RtpOpening& opening);

// For a job that settled as not authentic: another index that it may have, if there is one. An
// SSRC whose first packets were lost or overtaken around the wrap is already in ROC 1 when we first
// hear of it; and an earlier job of the batch may have moved the ROC.
std::optional<std::uint64_t> second_guess(const RtpOpening& opening);

}  // namespace penstock
