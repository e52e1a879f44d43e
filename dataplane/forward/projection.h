// How one receiver sees a stream (RFC 7667 section 3.7): its own sequence numbers, timestamps and
// SSRC, continuous whatever happens to the source. A pure function of (what the packet says,
// state): it never touches a packet, so it is tested without one. State of one subscription, on the
// receiver's worker; called per packet per receiver.
//
// The sequence mapping is injective and only moves up at a restart, so that no (SSRC, packet index)
// is ever used twice with one key (RFC 3711 section 9.1). A receiver may be sent less than comes of
// the source: what is left out in order leaves no gap (docs/adr/0023).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/prng.h"
#include "dataplane/base/time.h"
#include "dataplane/forward/number_line.h"
#include "dataplane/forward/sequence_bits.h"

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
  // To be added to the frame number in its dependency descriptor, modulo 2^16.
  std::uint16_t frame_offset = 0;
};

// Which source packet a receiver means.
struct SourcePosition {
  std::uint32_t source = 0;
  std::uint64_t sequence = 0;  // extended
  // What the source's timestamps were for the receiver: to be added, modulo 2^32.
  std::uint32_t timestamp_offset = 0;
};

// Why a receiver's number leads to no packet.
enum class NoSource : std::uint8_t {
  kNotKnown,  // not sent, or too long ago
  kUnused,    // its packet was left out late: nothing was sent under it, nor will be
};

class Projection {
 public:
  // `starts_at_keyframe`: video. `clock_hz`: of the RTP timestamps. The first sequence number is
  // random below 2^15, the timestamp offset random.
  Projection(bool starts_at_keyframe, std::uint32_t clock_hz, Prng& prng);

  // What a packet in order reads and writes, from the beginning on.
  static constexpr std::size_t kForwardBytes = 64;
  // What may come late, counted from the newest packet that was left out, or be asked for again.
  static constexpr std::size_t kWindowPackets = kHistoryPacketsPerStream;

  // Where the packet goes in the receiver's stream, or why it does not: kSequenceTooOld also if it
  // was left out. Inline: it is called for each packet and receiver.
  std::expected<ProjectedPacket, DropReason> project(const SourcePacket& source, Timestamp now) {
    if (!is_started_ || source.source != source_) [[unlikely]] {
      if (starts_at_keyframe_ && !source.is_keyframe_start) {
        is_started_ = false;
        return std::unexpected(DropReason::kWaitingForKeyframe);
      }
      if (would_go_back(source)) return std::unexpected(DropReason::kSequenceTooOld);
      start(source, now);
    }
    // Nearly always one comparison: is it newer than the start and than all that was left out?
    if (source.sequence < straight_from_) [[unlikely]]
      return project_late(source, now);
    return place(source, source.sequence + sequence_offset_, now);
  }

  // The receiver is not to have this packet, which otherwise would be projected now. Of each packet
  // one of the two is called, once, when it comes.
  //
  // In order, that is newer than all before it: the next packet takes its number, so that the
  // receiver misses nothing. The numbers of packets that have not come yet stay theirs, as one of
  // them may be wanted.
  //
  // Late, behind a newer one that was sent or left out: its number stays unused. Others around it
  // have been sent with theirs, and no number may be given to two. The receiver will miss it, and
  // source_of() has nothing for it.
  //
  // Before the start, after a restart and of another source nothing has a number yet: no effect.
  void leave_out(const SourcePacket& source);

  // Before a start with another source: where the timestamps of `to` have the value t, those of
  // `from`, the present source, have t + shift at the same instant. Without it the receiver's
  // timestamps go on by the time that passes until the start.
  void align(std::uint32_t from, std::uint32_t to, std::uint32_t shift) {
    alignment_ = {.from = from, .to = to, .shift = shift};
  }

  // The way back: what the receiver has got, or missed, as `sequence_number`, of the present source
  // or of the one before, if they followed each other. Not known if that was not sent, or before
  // the last restart, or is older than kWindowPackets allow.
  std::expected<SourcePosition, NoSource> source_of(std::uint16_t sequence_number) const;

  // The extended number of what was sent last as `sequence_number`, if it was.
  std::uint64_t extend(std::uint16_t sequence_number) const {
    return highest_sequence_ - static_cast<std::uint16_t>(highest_sequence_ - sequence_number);
  }
  // The highest number that was sent.
  std::uint64_t highest_sequence() const { return highest_sequence_; }

  // The next packet that passes starts anew: after a pause, or with another source.
  void restart() { is_started_ = false; }
  // The same with another stream, whose sources are counted apart.
  void leave_stream() {
    restart();
    source_ = kNoSource;
  }

  bool is_started() const { return is_started_; }
  // A packet of this source would be the first of it, or of it after a restart.
  bool begins_with(std::uint32_t source) const { return !is_started_ || source != source_; }
  // It has been sent, or what comes behind it: a start with it would go back.
  bool would_go_back(const SourcePacket& source) const {
    return has_sent_ && source.source == source_ && is_behind(source);
  }
  // The source that is projected; meaningful once started.
  std::uint32_t source() const { return source_; }
  // To be added (modulo 2^32) to a source timestamp, for sender reports; meaningful once started.
  std::uint32_t timestamp_offset() const { return timestamp_offset_; }
  // Of the newest packet that was sent.
  std::uint32_t last_timestamp() const { return last_timestamp_; }

 private:
  void start(const SourcePacket& source, Timestamp now);
  std::uint32_t first_timestamp(const SourcePacket& source, Timestamp now);
  std::expected<ProjectedPacket, DropReason> project_late(const SourcePacket& source,
                                                          Timestamp now);

  ProjectedPacket place(const SourcePacket& source, std::uint64_t sequence, Timestamp now) {
    const ProjectedPacket projected{sequence, source.timestamp + timestamp_offset_};
    if (projected.sequence >= highest_sequence_) {
      highest_sequence_ = projected.sequence;
      last_timestamp_ = projected.timestamp;
      last_marker_ = source.marker;
      last_sent_at_ = now;
    }
    has_sent_ = true;
    return projected;
  }

  // Behind something that was sent since the last start, or left out. After a restart these are
  // late packets of before the pause: the receiver has had what comes after them.
  bool is_behind(const SourcePacket& source) const {
    return source.sequence < straight_from_ ||
           source.sequence + sequence_offset_ <= highest_sequence_;
  }
  // Whether what was left out around it is still known. Of packets before `straight_from`.
  static bool is_in_window(std::uint64_t sequence, std::uint64_t first_sequence,
                           std::uint64_t straight_from) {
    return sequence >= first_sequence && straight_from - sequence <= kWindowPackets;
  }
  bool is_in_window(std::uint64_t sequence) const {
    return is_in_window(sequence, first_sequence_, straight_from_);
  }
  // What numbers_ begins with at the last start has this offset.
  std::uint64_t first_offset() const { return sequence_offset_ + numbers_.left_out_count(); }
  // Nothing from `sequence` on is left out yet.
  void move_straight_from(std::uint64_t sequence);

  bool starts_at_keyframe_;
  std::uint32_t clock_hz_;
  bool is_started_ = false;
  bool has_sent_ = false;
  bool last_marker_ = true;
  static constexpr std::uint32_t kNoSource = 0;  // they are counted from 1
  std::uint32_t source_ = kNoSource;
  std::uint64_t straight_from_ = 0;    // from here on a number is the source's plus the offset
  std::uint64_t sequence_offset_ = 0;  // modulo 2^64
  std::uint32_t timestamp_offset_ = 0;
  std::uint64_t highest_sequence_ = 0;
  std::uint32_t last_timestamp_ = 0;
  Timestamp last_sent_at_ = 0;

  struct Alignment {
    std::uint32_t from = kNoSource;
    std::uint32_t to = kNoSource;
    std::uint32_t shift = 0;
  };
  // Where the numbers of a source are, from a start to the next.
  struct Stretch {
    std::uint32_t source = kNoSource;
    std::uint32_t timestamp_offset = 0;
    std::uint64_t straight_from = 0;
    std::uint64_t first_sequence = 0;
    std::uint64_t first_offset = 0;
    std::uint64_t last_number = 0;

    bool has(std::uint64_t number) const {
      return source != kNoSource && number >= first_sequence + first_offset &&
             number <= last_number;
    }
  };
  // What the source before had, for source_of().
  struct Ended {
    Stretch stretch;
    NumberLine<kWindowPackets> numbers;
    SequenceBits<kWindowPackets> left_late;
  };
  Stretch present() const;
  // What has the number in the stretch.
  static std::expected<SourcePosition, NoSource> find(
      std::uint64_t number, const Stretch& stretch, const NumberLine<kWindowPackets>& numbers,
      const SequenceBits<kWindowPackets>& left_late);

  // From here on only for what is late, left out or asked for again, and for starts.
  std::uint64_t first_sequence_ = 0;        // of the source, at the last start
  NumberLine<kWindowPackets> numbers_;      // closed up over what was left out since then
  SequenceBits<kWindowPackets> left_late_;  // whose numbers stay unused; before straight_from_
  Alignment alignment_;
  std::uint32_t ahead_ = 0;  // of the source's instants, as timestamps may not go back
  Ended ended_;
};

}  // namespace penstock
