// Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01
// section 3.1): for each packet from a base sequence number on, whether it arrived and when.
//
// Times are ticks of 250 us, of which 256 make one unit of the reference time (64 ms). The
// reference time is a 24-bit signed number that wraps every 12.4 days: a reader compares reference
// times of successive messages modulo 2^24.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "dataplane/base/endian.h"
#include "dataplane/base/time.h"
#include "dataplane/rtp/rtcp/compound.h"

namespace penstock {

inline constexpr Duration kTransportFeedbackTick = 250 * kMicrosecond;
inline constexpr std::int64_t kTicksPerReferenceUnit = 256;
// Reference times are numbers modulo this.
inline constexpr std::int64_t kReferenceTimeModulus = 1 << 24;

// Statuses in one message that we write. The format allows 65,535 in a few bytes, and after a jump
// of a sender's numbers Chromium says 20,003 in 36.
inline constexpr std::size_t kTransportFeedbackStatusesMax = 8'192;

// A parsed message, checked completely; borrows the packet.
struct TransportFeedback {
  std::uint32_t sender_ssrc = 0;
  std::uint32_t media_ssrc = 0;
  std::uint16_t base_sequence_number = 0;
  std::uint16_t status_count = 0;
  std::int32_t reference_time = 0;  // in 64 ms, 24-bit signed
  std::uint8_t feedback_count = 0;  // counts messages, to detect lost ones
  std::span<const std::uint8_t> chunks;
  std::span<const std::uint8_t> deltas;

  // Calls visit(index from the base on, ticks) for the packets that were received. Work by the
  // bytes of the message, whatever it claims.
  template <typename Visit>
  void for_each_received(Visit&& visit) const;
};

// Empty unless `packet` is a transport-cc message whose chunks cover status_count packets (at least
// one), use no reserved symbol, and whose deltas are all there.
std::optional<TransportFeedback> parse_transport_feedback(const RtcpPacket& packet);

// What a message to be written says besides the statuses.
struct TransportFeedbackHeader {
  std::uint32_t sender_ssrc = 0;
  // One of the SSRCs the addressee sends: Chromium ignores feedback for any other.
  std::uint32_t media_ssrc = 0;
  std::uint16_t base_sequence_number = 0;
  std::uint8_t feedback_count = 0;
};

inline constexpr std::int64_t kNotReceived = std::numeric_limits<std::int64_t>::min();

// Appends one message for the packets from `header.base_sequence_number` on, whose arrivals in
// ticks (or kNotReceived) are `arrival_ticks`. It covers as many of them as fit the writer and the
// format (a delta between neighbours has 16 bits: 8.2 s) and returns how many that are; call again
// for the rest. Returns 0, and writes nothing, if not even the first received packet fits or if
// none was received.
std::size_t write_transport_feedback(ByteWriter& writer, const TransportFeedbackHeader& header,
                                     std::span<const std::int64_t> arrival_ticks);

// A packet status chunk (sections 3.1.3 and 3.1.4), decoded: `count` symbols, of which symbol(i) is
// 0 = not received, 1 = small delta (1 byte), 2 = large or negative delta (2 bytes), 3 = reserved.
struct StatusChunk {
  std::uint16_t bits = 0;

  bool is_vector() const { return (bits & 0x8000) != 0; }
  bool has_two_bit_symbols() const { return (bits & 0x4000) != 0; }
  std::size_t count() const {
    if (!is_vector()) return bits & 0x1FFF;
    return has_two_bit_symbols() ? 7 : 14;
  }
  unsigned symbol(std::size_t index) const {
    if (!is_vector()) return (bits >> 13) & 3U;
    if (has_two_bit_symbols()) return (bits >> (12 - 2 * index)) & 3U;
    return (bits >> (13 - index)) & 1U;
  }
};

template <typename Visit>
void TransportFeedback::for_each_received(Visit&& visit) const {
  std::int64_t ticks = reference_time * kTicksPerReferenceUnit;
  std::size_t delta = 0;
  std::size_t done = 0;
  for (std::size_t at = 0; done < status_count; at += 2) {
    const StatusChunk chunk{load_be16(&chunks[at])};
    const std::size_t count = std::min<std::size_t>(chunk.count(), status_count - done);
    const bool is_lost_run = !chunk.is_vector() && chunk.symbol(0) == 0;
    for (std::size_t i = 0; i < count && !is_lost_run; ++i) {
      const unsigned symbol = chunk.symbol(i);
      if (symbol == 0) continue;
      ticks += symbol == 1 ? deltas[delta] : static_cast<std::int16_t>(load_be16(&deltas[delta]));
      delta += symbol;
      visit(done + i, ticks);
    }
    done += count;
  }
}

}  // namespace penstock
