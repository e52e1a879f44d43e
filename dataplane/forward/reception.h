// What came of an encoding of a publisher's stream: which packets of its source, under which
// numbers they are forwarded, which are missing, and the statistics for reports (RFC 3550
// section 6.4). The source is the RTP stream, one SSRC, that the publisher sends the stream with;
// when it takes another SSRC, or another codec, a new source begins. State of one encoding, on the
// worker of its stream's owner.
//
// A packet comes as itself or in a retransmission (RTX, RFC 4588), and is taken once, whichever is
// first: a number that was forwarded twice would use (SSRC, packet index) of a receiver's key twice
// (RFC 3711 section 9.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/time.h"
#include "dataplane/forward/keyframe_requester.h"
#include "dataplane/forward/number_line.h"
#include "dataplane/forward/retransmission_requester.h"
#include "dataplane/rtp/media_types.h"
#include "dataplane/rtp/reception_stats.h"
#include "dataplane/rtp/replay_window.h"

namespace penstock {

// A received packet as far as its reception goes.
struct ArrivedPacket {
  std::uint64_t sequence = 0;  // extended
  std::uint32_t rtp_timestamp = 0;
  Timestamp arrival = 0;
  bool is_retransmission = false;
  bool is_left_out = false;  // nobody gets it, for example because it is nothing but padding
};

class Reception {
 public:
  // How long the present source has to be silent before an earlier SSRC is taken for a source
  // again: longer than the network holds a packet back.
  static constexpr Duration kSourceSilence = 500 * kMillisecond;

  // What a packet in order reads and writes, from the beginning on: of what is missing only whether
  // anything is, the first word.
  static constexpr std::size_t receive_bytes() {
    return sizeof(Reception) - sizeof(RetransmissionRequester) + sizeof(std::size_t);
  }

  // `asks_again`: the publisher understands NACK.
  Reception(Codec codec, bool asks_again)
      : codec_(codec), asks_again_(asks_again), stats(codec_clock_hz(codec)) {}

  // The packet's SSRC, before take(): of media, or of what a retransmission repairs, 0 if that is
  // not known. Another one than before begins a new source. An error, and nothing happens, for a
  // retransmission of another source than the present one; and for an SSRC that the present one has
  // followed: that packet is late. If the publisher has really gone back to it, it is a source
  // again once the present one is silent for kSourceSilence, or at once if renegotiation has named
  // it.
  DropReason take_ssrc(std::uint32_t ssrc, bool is_retransmission, Timestamp now);

  // The publisher says that its source has ended (BYE, RFC 3550 section 6.6): it is as if nothing
  // had come for long.
  void end_source() { last_packet_at = -kNever / 2; }

  // What a renegotiation says: the codec, whether it understands NACK, and the SSRCs of media, if
  // any.
  void update(Codec codec, bool asks_again, std::span<const std::uint32_t> signalled_ssrcs);

  // Of a number that a retransmission names, the extended one. kSequenceTooOld if it is of no
  // packet that could still be taken.
  std::expected<std::uint64_t, DropReason> extend(std::uint16_t sequence_number) const;

  // Takes a packet; its number for receivers, or why it is not forwarded: it was there before, is
  // older than the window, or holds nothing.
  std::expected<std::uint64_t, DropReason> take(const ArrivedPacket& packet);

  // The packet that was taken with this sequence, as this number, begins a keyframe: everybody can
  // go on from it.
  void on_keyframe(std::uint64_t sequence, std::uint64_t number);

  // Calls `ask(std::uint16_t sequence_number)` for each packet that the publisher is to be asked
  // for again now, in ascending order.
  template <typename Ask>
  void take_missing(Timestamp now, Ask&& ask) {
    missing_.take_due(
        window_.highest(), now, [&](std::uint64_t sequence) { return !window_.check(sequence); },
        [&](std::uint64_t sequence) { ask(static_cast<std::uint16_t>(sequence)); });
  }
  bool has_missing() const { return missing_.has_holes(); }

  // A receiver misses what was forwarded to it, or would have been, as `number` of the present
  // source, and it cannot be had any more. True if only a keyframe can help it: no retransmission
  // is under way, and no keyframe has begun since.
  bool is_lost_for_good(std::uint64_t number) const;

  // SSRC of the source's media; 0 until it is known.
  std::uint32_t ssrc() const { return ssrc_; }
  // Tells the sources apart, one after the other, within this encoding; 0 before the first.
  std::uint32_t source() const { return source_; }
  Duration round_trip_ns() const { return missing_.round_trip_ns(); }

 private:
  static constexpr std::size_t kWindowPackets = 1'024;
  static_assert(RetransmissionRequester::kMissingMax < kWindowPackets);

  void begin_source(std::uint32_t ssrc);
  bool was_left(std::uint32_t ssrc) const;

  Codec codec_;
  bool asks_again_;
  std::uint32_t ssrc_ = 0;
  // Those before it, of which packets may be on their way still: a ring. 0: none.
  std::array<std::uint32_t, 4> left_{};
  std::size_t left_count_ = 0;
  std::uint32_t source_ = 0;
  std::uint64_t keyframe_number_ = 0;  // of the newest keyframe's first packet

 public:
  // Here, so that what each packet changes lies close together: missing_ is long.
  ReceptionStats stats;
  std::uint64_t payload_bytes = 0;  // of what was taken
  KeyframeRequester keyframes;
  Timestamp last_packet_at = 0;

 private:
  ReplayWindow<kWindowPackets> window_;
  NumberLine<kWindowPackets> numbers_;
  RetransmissionRequester missing_;  // last: receive_bytes
};

}  // namespace penstock
