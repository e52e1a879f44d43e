// Remembers when the packets of one transport arrived, by their transport-wide sequence number, and
// reports it to their sender (draft-holmer-rmcat-transport-wide-cc-extensions-01). Owned by one
// transport, touched by its worker only; its memory (8 KiB) is part of a block of a pool's, or its
// own.
//
// Every number between the first packet and the newest one is reported, in order and without holes
// between messages, as received or as lost. A packet that arrives after it was reported lost makes
// the next message begin with it, so that its sender hears of it (as libwebrtc does; what follows
// it is then said again).
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/byte_writer.h"
#include "dataplane/base/prefetch.h"
#include "dataplane/base/time.h"
#include "dataplane/pool/fixed_vector.h"
#include "dataplane/rtp/rtcp/transport_feedback.h"
#include "dataplane/rtp/sequence.h"

namespace penstock {

class TransportCcRecorder {
 public:
  // Packets remembered: at one message per 50 ms, enough for 40,000 packets a second.
  static constexpr std::size_t kWindowPackets = 2'048;

  TransportCcRecorder() : arrival_ticks_(kWindowPackets) { forget_arrivals(); }
  // Of a transport that sends us media, or of one that does not: then nothing is noted.
  TransportCcRecorder(bool is_used, MemoryBlock& block)
      : arrival_ticks_(is_used ? kWindowPackets : 0, block) {
    forget_arrivals();
  }

  // What one takes of a block.
  static constexpr std::size_t bytes(bool is_used) {
    return is_used ? FixedVector<Ticks>::bytes(kWindowPackets) : 0;
  }

  // Notes the arrival of an authenticated packet. A repeated number keeps its first arrival. A
  // number that is a window or more away from the newest one (after an outage, or from a sender
  // that started anew) begins a new series: what was not yet reported of the old one is forgotten.
  void record(std::uint16_t transport_sequence, Timestamp arrival);

  // Asks for the memory of the next number.
  void prefetch_next() const {
    prefetch(arrival_ticks_.data() + end_ % kWindowPackets, sizeof(Ticks));
  }

  // True if there is something to report.
  bool has_pending() const { return next_ != end_; }

  // Appends one RTCP message to `writer` and returns its bytes; 0 if there is nothing to report or
  // no room. Call until has_pending() is false, each message in a datagram of at most
  // kControlDatagramBytesMax. `media_ssrc` is one that the peer sends: Chromium ignores feedback
  // for any other.
  std::size_t build_feedback(ByteWriter& writer, std::uint32_t sender_ssrc,
                             std::uint32_t media_ssrc);

 private:
  // The lower half; all that are remembered are within days of newest_ticks_.
  using Ticks = std::uint32_t;
  static constexpr Ticks kNone = ~Ticks{0};

  void restart(std::uint16_t transport_sequence);
  void forget_arrivals();
  Ticks& slot(std::uint64_t sequence) { return arrival_ticks_[sequence % kWindowPackets]; }
  std::int64_t ticks_of(std::uint64_t sequence);

  SequenceUnwrapper sequence_;
  std::uint64_t next_ = 0;  // first number of the next message
  std::uint64_t end_ = 0;   // one after the newest
  std::int64_t newest_ticks_ = 0;
  std::uint8_t feedback_count_ = 0;
  FixedVector<Ticks> arrival_ticks_;
};

}  // namespace penstock
