#include "bench/load/stream_stats.h"

#include <algorithm>
#include <cstdlib>

namespace penstock::load {

void StreamStats::learn(std::uint16_t sequence_number, std::uint64_t number) {
  offset_ = sequence_.unwrap(sequence_number) - number;
}

bool StreamStats::on_packet(std::uint16_t sequence_number, const NumberWindow& window) {
  const std::uint64_t number = sequence_.unwrap(sequence_number) - *offset_;
  const bool is_first = seen_.is_empty();
  const bool is_late = !is_first && number < seen_.highest();
  const bool is_in_window = window.contains(number);
  if (!seen_.check(number)) {
    if (is_in_window) ++counts_.duplicates;
    return false;
  }
  seen_.commit(number);
  first_number_ = is_first ? number : std::min(first_number_, number);
  if (!is_in_window) return false;
  ++counts_.received;
  if (is_late) ++counts_.reordered;
  return true;
}

void StreamStats::update_jitter(std::uint32_t rtp_timestamp, Timestamp arrival,
                                std::uint32_t clock_hz) {
  const std::int64_t units = wrapping_difference(rtp_timestamp, last_timestamp_);
  if (has_timestamp_ && units <= 0) return;
  if (has_timestamp_) {
    const Duration sent_apart = units * kSecond / clock_hz;
    const Duration difference = std::abs(arrival - last_arrival_ - sent_apart);
    jitter_ns_ += (difference - jitter_ns_) / 16;
    has_jitter_ = true;
  }
  has_timestamp_ = true;
  last_timestamp_ = rtp_timestamp;
  last_arrival_ = arrival;
}

std::uint64_t expected_packets(const StreamStats* stats, const NumberWindow& window,
                               const Membership& membership) {
  const bool has_packets = stats != nullptr && stats->has_numbers();
  if (!has_packets && !(membership.was_there_at_begin && !membership.has_left)) return 0;
  const std::uint64_t begin =
      membership.was_there_at_begin ? window.begin : std::max(window.begin, stats->first_number());
  const std::uint64_t end =
      membership.has_left ? std::min(window.end, stats->highest_number() + 1) : window.end;
  return end > begin ? end - begin : 0;
}

}  // namespace penstock::load
