// What came of one stream at one subscriber. Sequence numbers are read from the clear header of
// every packet; the marks of decrypted packets (payload_mark.h) tie them to the numbers that the
// source gave its packets, so that what was sent in the measured window can be compared with what
// of it came, exactly. Fed by one thread; time is an argument.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/base/time.h"
#include "dataplane/rtp/media_types.h"
#include "dataplane/rtp/replay_window.h"
#include "dataplane/rtp/sequence.h"

namespace penstock::load {

// The packets of a source that count: numbers from `begin` up to, without it, `end`. Empty before
// the measurement, open while it runs.
struct NumberWindow {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  bool contains(std::uint64_t number) const { return number >= begin && number < end; }
};

struct StreamCounts {
  std::uint64_t received = 0;  // without duplicates
  std::uint64_t duplicates = 0;
  std::uint64_t reordered = 0;  // came after a later one; received too
};

class StreamStats {
 public:
  // Before the first mark nothing can be counted: the first packets are all to be decrypted.
  bool is_numbered() const { return offset_.has_value(); }
  // A packet with this sequence number has this number. A source is renumbered when it changes.
  void learn(std::uint16_t sequence_number, std::uint64_t number);

  // Each packet in the order of arrival, once the stream is numbered. True if it is in the window
  // and not a duplicate.
  bool on_packet(std::uint16_t sequence_number, const NumberWindow& window);
  // RFC 3550 section 6.4.1, of the first packet of each frame: those behind it have its timestamp,
  // but were sent later.
  void update_jitter(std::uint32_t rtp_timestamp, Timestamp arrival, std::uint32_t clock_hz);

  const StreamCounts& counts() const { return counts_; }
  Duration jitter_ns() const { return jitter_ns_; }
  bool has_jitter() const { return has_jitter_; }
  std::uint64_t first_number() const { return first_number_; }
  std::uint64_t highest_number() const { return seen_.highest(); }
  bool has_numbers() const { return !seen_.is_empty(); }

 private:
  SequenceUnwrapper sequence_;
  std::optional<std::uint64_t> offset_;  // extended sequence number less number
  ReplayWindow<256> seen_;               // of numbers
  std::uint64_t first_number_ = 0;
  StreamCounts counts_;

  bool has_timestamp_ = false;
  bool has_jitter_ = false;
  std::uint32_t last_timestamp_ = 0;
  Timestamp last_arrival_ = 0;
  Duration jitter_ns_ = 0;
};

// How many packets of the window a subscription should have had.
struct Membership {
  bool was_there_at_begin = false;  // connected before the measurement began
  bool has_left = false;            // before it ended
};
// `stats` may be null: nothing came. A subscription that came later counts from its first packet,
// one that left up to its last.
std::uint64_t expected_packets(const StreamStats* stats, const NumberWindow& window,
                               const Membership& membership);

}  // namespace penstock::load
