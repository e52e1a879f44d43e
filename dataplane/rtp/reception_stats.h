// Statistics of one received RTP stream (RFC 3550 appendices A.1, A.3 and A.8), and the report
// block made of them. Owned by the stream, touched by its worker only; fed after authentication, so
// that the "probation" of appendix A.1 is not needed.
#pragma once

#include <cstdint>

#include "dataplane/base/time.h"
#include "dataplane/rtp/rtcp/report_block.h"
#include "dataplane/rtp/sequence.h"

namespace penstock {

class ReceptionStats {
 public:
  explicit ReceptionStats(std::uint32_t clock_hz) : clock_hz_(clock_hz) {}

  // Counts one authenticated packet. Retransmissions (RTX) are not counted: they have a stream of
  // their own. After a jump of the sequence number by more than RFC 3550 tolerates, two packets in
  // sequence restart the counting.
  void on_packet(std::uint16_t sequence_number, std::uint32_t rtp_timestamp, Timestamp arrival);

  // Remembers a sender report for LSR and DLSR.
  void on_sender_report(NtpTime ntp, Timestamp arrival);

  // The report on what came since the last call, which starts the next interval. Meaningful once a
  // packet was counted.
  ReportBlock make_report_block(std::uint32_t ssrc, Timestamp now);

  bool started() const { return sequence_.started(); }
  std::uint64_t received() const { return received_; }
  std::uint64_t expected() const { return started() ? sequence_.newest() - first_ + 1 : 0; }
  // Expected minus received; negative if duplicates outnumber losses.
  std::int64_t lost() const {
    return static_cast<std::int64_t>(expected()) - static_cast<std::int64_t>(received_);
  }
  // Highest sequence number with the count of cycles in the upper 16 bits.
  std::uint32_t extended_highest_sequence() const;
  // Interarrival jitter in timestamp units.
  std::uint32_t jitter() const { return jitter_q4_ >> 4; }

 private:
  bool accept_sequence(std::uint16_t sequence_number);
  void restart(std::uint16_t sequence_number);
  void update_jitter(std::uint32_t rtp_timestamp, Timestamp arrival);

  std::uint32_t clock_hz_;
  SequenceUnwrapper sequence_;
  std::uint64_t first_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t expected_prior_ = 0;
  std::uint64_t received_prior_ = 0;
  // The sequence number that would confirm a restart; out of range when none is pending.
  std::uint32_t restart_sequence_ = 1U << 16;

  bool has_transit_ = false;
  std::uint32_t last_timestamp_ = 0;
  std::uint32_t last_transit_ = 0;
  std::uint32_t jitter_q4_ = 0;  // in 1/16 of a timestamp unit

  bool has_sender_report_ = false;
  std::uint32_t last_sr_ = 0;
  Timestamp last_sr_arrival_ = 0;
};

}  // namespace penstock
