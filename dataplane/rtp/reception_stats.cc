#include "dataplane/rtp/reception_stats.h"

#include <algorithm>
#include <cstdlib>

namespace penstock {

namespace {

// RFC 3550 appendix A.1.
constexpr std::int32_t kDropoutMax = 3'000;
constexpr std::int32_t kMisorderMax = 100;

constexpr std::uint32_t kNoRestartPending = 1U << 16;

// Transit times further apart than this are a new timeline of the sender, not jitter.
constexpr std::uint32_t kJitterJumpSeconds = 5;

// Split into seconds and rest, because the product of nanoseconds and clock rate has no room.
std::uint32_t timestamp_units(Timestamp at, std::uint32_t clock_hz) {
  const std::int64_t seconds = at / kSecond;
  const std::int64_t rest_ns = at % kSecond;
  return static_cast<std::uint32_t>(seconds * clock_hz + rest_ns * clock_hz / kSecond);
}

}  // namespace

void ReceptionStats::on_packet(std::uint16_t sequence_number, std::uint32_t rtp_timestamp,
                               Timestamp arrival) {
  const std::uint64_t newest_before = sequence_.newest();
  if (!accept_sequence(sequence_number)) return;
  ++received_;
  // Late packets would show the reordering as jitter, and all packets of a frame but the first
  // the sender's pacing.
  const bool in_order = sequence_.newest() != newest_before;
  if (in_order && (!has_transit_ || rtp_timestamp != last_timestamp_)) {
    update_jitter(rtp_timestamp, arrival);
  }
}

bool ReceptionStats::accept_sequence(std::uint16_t sequence_number) {
  if (!started()) {
    restart(sequence_number);
    return true;
  }
  const auto newest = static_cast<std::uint16_t>(sequence_.newest());
  const std::int32_t step = wrapping_difference(sequence_number, newest);
  if (step >= kDropoutMax || step < -kMisorderMax) {
    if (sequence_number != restart_sequence_) {
      restart_sequence_ = static_cast<std::uint16_t>(sequence_number + 1);
      return false;
    }
    restart(sequence_number);
    return true;
  }
  restart_sequence_ = kNoRestartPending;
  first_ = std::min(first_, sequence_.unwrap(sequence_number));
  return true;
}

void ReceptionStats::restart(std::uint16_t sequence_number) {
  sequence_.reset();
  first_ = sequence_.unwrap(sequence_number);
  received_ = 0;
  expected_prior_ = 0;
  received_prior_ = 0;
  restart_sequence_ = kNoRestartPending;
  has_transit_ = false;
}

void ReceptionStats::update_jitter(std::uint32_t rtp_timestamp, Timestamp arrival) {
  const std::uint32_t transit = timestamp_units(arrival, clock_hz_) - rtp_timestamp;
  const std::int32_t step = wrapping_difference(transit, last_transit_);
  const bool had_transit = has_transit_;
  has_transit_ = true;
  last_transit_ = transit;
  last_timestamp_ = rtp_timestamp;
  const auto distance = static_cast<std::uint32_t>(std::abs(static_cast<std::int64_t>(step)));
  if (!had_transit || distance > kJitterJumpSeconds * clock_hz_) return;
  jitter_q4_ += distance - ((jitter_q4_ + 8) >> 4);
}

void ReceptionStats::on_sender_report(NtpTime ntp, Timestamp arrival) {
  has_sender_report_ = true;
  last_sr_ = compact_ntp(ntp);
  last_sr_arrival_ = arrival;
}

std::uint32_t ReceptionStats::extended_highest_sequence() const {
  constexpr std::uint64_t kFirstCycle = 1U << 16;  // what the unwrapper adds
  return started() ? static_cast<std::uint32_t>(sequence_.newest() - kFirstCycle) : 0;
}

ReportBlock ReceptionStats::make_report_block(std::uint32_t ssrc, Timestamp now) {
  const auto expected_interval = static_cast<std::int64_t>(expected() - expected_prior_);
  const auto received_interval = static_cast<std::int64_t>(received_ - received_prior_);
  expected_prior_ = expected();
  received_prior_ = received_;

  ReportBlock block;
  block.ssrc = ssrc;
  const std::int64_t lost_interval = expected_interval - received_interval;
  if (expected_interval > 0 && lost_interval > 0) {
    block.fraction_lost = static_cast<std::uint8_t>(
        std::min<std::int64_t>(lost_interval * 256 / expected_interval, 255));
  }
  block.cumulative_lost =
      static_cast<std::int32_t>(std::clamp<std::int64_t>(lost(), -0x800000, 0x7FFFFF));
  block.extended_highest_sequence = extended_highest_sequence();
  block.jitter = jitter();
  if (has_sender_report_) {
    const Duration delay = std::max<Duration>(now - last_sr_arrival_, 0);
    block.last_sr = last_sr_;
    block.delay_since_last_sr = compact_ntp(ntp_difference_from_ns(delay));
  }
  return block;
}

}  // namespace penstock
