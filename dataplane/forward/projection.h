// How one receiver sees a stream (RFC 7667 section 3.7): its own sequence numbers, timestamps and
// SSRC, continuous whatever happens to the source. A pure function of (what the packet says,
// state): it never touches a packet, so it is tested without one. State of one subscription, on the
// receiver's worker; called per packet per receiver.
//
// The sequence mapping is injective and only moves up at a restart, so that no (SSRC, packet index)
// is ever used twice with one key (RFC 3711 section 9.1).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/prng.h"
#include "dataplane/base/time.h"

namespace penstock {

// What a projection must know of a source packet.
struct SourcePacket {
  std::uint64_t sequence = 0;  // extended
  std::uint32_t timestamp = 0;
  std::uint32_t source = 0;  // of the stream, one after the other (Reception::source)
  bool marker = false;
  bool is_keyframe_start = false;
};

struct ProjectedPacket {
  std::uint64_t sequence = 0;  // extended: the low 16 bits go on the wire, the rest is the ROC
  std::uint32_t timestamp = 0;
};

// Which source packet a receiver means.
struct SourcePosition {
  std::uint32_t source = 0;
  std::uint64_t sequence = 0;  // extended
};

class Projection {
 public:
  // `starts_at_keyframe`: video. `clock_hz`: of the RTP timestamps. The first sequence number is
  // random below 2^15, the timestamp offset random.
  Projection(bool starts_at_keyframe, std::uint32_t clock_hz, Prng& prng);

  // Where the packet goes in the receiver's stream, or why it does not. Inline: it is called for
  // each packet and receiver.
  std::expected<ProjectedPacket, DropReason> project(const SourcePacket& source, Timestamp now) {
    if (!is_started_ || source.source != source_) [[unlikely]] {
      if (starts_at_keyframe_ && !source.is_keyframe_start) {
        is_started_ = false;
        return std::unexpected(DropReason::kWaitingForKeyframe);
      }
      if (is_behind(source)) return std::unexpected(DropReason::kSequenceTooOld);
      start(source, now);
    }
    // What was sent before the start has no place in this receiver's numbering.
    if (source.sequence < source_first_sequence_)
      return std::unexpected(DropReason::kSequenceTooOld);

    const ProjectedPacket projected{source.sequence + sequence_offset_,
                                    source.timestamp + timestamp_offset_};
    if (projected.sequence >= highest_sequence_) {
      highest_sequence_ = projected.sequence;
      last_timestamp_ = projected.timestamp;
      last_marker_ = source.marker;
      last_sent_at_ = now;
    }
    has_sent_ = true;
    return projected;
  }

  // The way back: what the receiver has got, or missed, as `sequence_number`. Empty if that was not
  // sent, or before the last start.
  std::optional<SourcePosition> source_of(std::uint16_t sequence_number) const;

  // The next packet that passes starts anew: after a pause, or with another source.
  void restart() { is_started_ = false; }
  // The same with another stream, whose sources are counted apart.
  void leave_stream() {
    restart();
    source_ = kNoSource;
  }

  bool is_started() const { return is_started_; }
  // The source that is projected; meaningful once started.
  std::uint32_t source() const { return source_; }
  // To be added (modulo 2^32) to a source timestamp, for sender reports; meaningful once started.
  std::uint32_t timestamp_offset() const { return timestamp_offset_; }

 private:
  void start(const SourcePacket& source, Timestamp now);
  // A late packet of before the pause: the receiver has had what comes after it.
  bool is_behind(const SourcePacket& source) const {
    return has_sent_ && source.source == source_ &&
           source.sequence + sequence_offset_ <= highest_sequence_;
  }

  bool starts_at_keyframe_;
  std::uint32_t clock_hz_;
  bool is_started_ = false;
  bool has_sent_ = false;
  bool last_marker_ = true;
  static constexpr std::uint32_t kNoSource = 0;  // they are counted from 1
  std::uint32_t source_ = kNoSource;
  std::uint64_t source_first_sequence_ = 0;
  std::uint64_t sequence_offset_ = 0;  // modulo 2^64
  std::uint32_t timestamp_offset_ = 0;
  std::uint64_t highest_sequence_ = 0;
  std::uint32_t last_timestamp_ = 0;
  Timestamp last_sent_at_ = 0;
};

}  // namespace penstock
