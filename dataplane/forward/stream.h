// One published m-line: its encodings as they come in, and the lists of who receives it. Lives in a
// pool; made and destroyed on the control thread.
//
// Who touches what: `transport`, `kind` and `owner` are constant. `fan_out` and `clock` are
// published for all workers. All else belongs to the owner, the worker of the publisher's
// transport: the m-line may change (CommandKind::kUpdateStream).
//
// Receivers see one source after the other (PacketMetadata::source): another begins when the
// publisher takes another SSRC or another codec, and when another encoding is selected. Each has
// its own numbers and timestamps.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/api/dataplane.h"
#include "dataplane/api/rtp_report.h"
#include "dataplane/forward/encoding.h"
#include "dataplane/forward/encoding_selector.h"
#include "dataplane/forward/fan_out.h"
#include "dataplane/forward/media_clock.h"
#include "dataplane/forward/projection.h"

namespace penstock {

class Stream {
 public:
  Stream(const StreamConfig& stream_config, WorkerIndex owner_worker);

  // The m-line has changed in place; see StreamConfig for what may.
  void update(const StreamConfig& next);

  bool is_video() const { return kind == MediaKind::kVideo; }
  bool is_simulcast() const { return encoding_count_ > 1; }

  // Those that there are; the index of one is StreamTable::LearnedSsrc::encoding.
  std::span<Encoding> encodings() { return std::span(encodings_).first(encoding_count_); }
  std::span<const Encoding> encodings() const {
    return std::span(encodings_).first(encoding_count_);
  }

  // The encodings of which a keyframe helps receivers now: the one that is forwarded and the one
  // that should be; all while there is none yet. Calls `visit(Encoding&)`.
  template <typename Visit>
  void for_each_keyframe_source(Timestamp now, Visit&& visit) {
    const auto selected = selector.selected();
    const auto wanted = selector.wanted(now);
    for (std::size_t i = 0; i < encoding_count_; ++i) {
      if (!selected || selected == i || wanted == i) visit(encodings_[i]);
    }
  }

  // Simulcast: wants a keyframe of the encoding that should be forwarded, or of all while none is.
  // Receivers do not ask before they have got something.
  void want_keyframes(Timestamp now);

  // The source that a packet of this encoding, which is forwarded, has for receivers. Called per
  // packet.
  std::uint32_t take_source(std::size_t encoding) {
    const std::uint32_t source = encodings_[encoding].reception.source();
    if (encoding != forwarded_.encoding || source != forwarded_.source) [[unlikely]]
      begin_source(encoding, source);
    return forwarded_.id;
  }

  // A sender report of the encoding's present SSRC: which of its timestamps is which instant.
  void take_report(std::size_t encoding, Timestamp captured_at, std::uint32_t rtp_timestamp);

  // Reception::is_lost_for_good, of what was forwarded.
  bool is_lost_for_good(const SourcePosition& position) const;

  bool has_missing() const;

  // What a received packet reads, from the beginning on: up to whether the first encoding misses
  // any.
  static constexpr std::size_t kReceiveBytes = 880;

  const TransportHandle transport;
  const MediaKind kind;
  const WorkerIndex owner;

  FanOut fan_out;

  StreamConfig config;
  bool is_receiving = false;
  bool is_in_repair = false;  // on the worker's list of those that miss packets

 private:
  // What is forwarded: which encoding, which source of its reception, and as what.
  struct Forwarded {
    std::size_t encoding = 0;
    std::uint32_t source = 0;
    std::uint32_t id = 0;
  };

  void begin_source(std::size_t encoding, std::uint32_t source);

  Forwarded forwarded_;
  std::size_t encoding_count_;
  std::array<Encoding, kEncodingsMax> encodings_;

 public:
  EncodingSelector selector;
  MediaClock clock;
  std::array<PublishedRtpReport, kEncodingsMax> reports;  // of encodings, for the control thread
};

}  // namespace penstock
