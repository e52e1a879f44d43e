// One published m-line: its encodings as they come in, and the lists of who receives it. Lives in a
// pool; made and destroyed on the control thread.
//
// Who touches what: `transport`, `kind` and `owner` are constant. `fan_out`, `clocks` and the
// rates of `layers` are published for all workers. All else belongs to the owner, the worker of the
// publisher's transport: the m-line may change (CommandKind::kUpdateStream).
//
// The first encoding is in the stream itself, and most streams have no other. Memory for more comes
// from a pool of blocks, one for each stream that there can be: the control thread makes them there
// before the owner is told of an m-line that has several, and until then the owner does not look.
//
// All encodings are forwarded; each receiver has one of them (forward/layer_selector.h).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>

#include "dataplane/api/dataplane.h"
#include "dataplane/api/rtp_report.h"
#include "dataplane/forward/audio_gate.h"
#include "dataplane/forward/encoding.h"
#include "dataplane/forward/fan_out.h"
#include "dataplane/forward/level_history.h"
#include "dataplane/forward/media_clock.h"
#include "dataplane/forward/projection.h"
#include "dataplane/forward/stream_layers.h"
#include "dataplane/forward/talk_detector.h"
#include "dataplane/pool/block_pool.h"

namespace penstock {

class Stream {
 public:
  // What the encodings after the first take of a block.
  static constexpr std::size_t kFurtherBytes = MemoryBlock::bytes<Encoding>(kEncodingsMax - 1);

  // `further`: the pool of those blocks.
  Stream(const StreamConfig& stream_config, WorkerIndex owner_worker, BlockPool& further);

  // Control thread: makes the encodings that such an m-line has and that are not there yet. Before
  // the owner hears of it.
  void make_encodings(const StreamConfig& next, BlockPool& further);
  // Owner: the m-line has changed in place; see StreamConfig for what may.
  void update(const StreamConfig& next);

  bool is_video() const { return kind == MediaKind::kVideo; }
  bool is_simulcast() const { return encoding_count_ > 1; }

  // The index of one is StreamTable::LearnedSsrc::encoding.
  Encoding& encoding(std::size_t index) { return index == 0 ? first_ : further_[index - 1]; }
  const Encoding& encoding(std::size_t index) const {
    return index == 0 ? first_ : further_[index - 1];
  }
  std::size_t encoding_count() const { return encoding_count_; }
  // Those that there are.
  auto encodings() {
    return std::views::iota(std::size_t{0}, encoding_count()) |
           std::views::transform([this](std::size_t i) -> Encoding& { return encoding(i); });
  }
  auto encodings() const {
    return std::views::iota(std::size_t{0}, encoding_count()) |
           std::views::transform([this](std::size_t i) -> const Encoding& { return encoding(i); });
  }

  // Those of a set, a bit for each. Calls `visit(std::size_t index, Encoding&)`.
  template <typename Visit>
  void for_each_of(std::uint8_t encodings, Visit&& visit) {
    for (std::size_t i = 0; i < encoding_count_; ++i) {
      if ((encodings >> i & 1U) != 0) visit(i, encoding(i));
    }
  }
  static constexpr std::uint8_t kAllEncodings = (1U << kEncodingsMax) - 1;

  // What its packets say of their source now.
  std::uint32_t source(std::size_t index) const {
    return source_name(index, encoding(index).reception.source());
  }

  // A sender report of the encoding's present SSRC: which of its timestamps is which instant.
  void take_report(std::size_t index, Timestamp captured_at, std::uint32_t rtp_timestamp) {
    clocks[index].publish({captured_at, rtp_timestamp, source(index)});
  }
  // The last one of this source, if it is still known. Any worker.
  std::optional<MediaClock::Reading> clock_of(std::uint32_t source) const {
    const auto reading = clocks[encoding_of_source(source)].read();
    return reading && reading->source == source ? reading : std::nullopt;
  }

  // Keyframes of an encoding are asked for at least so far apart. `round_trip`: to the publisher,
  // whose answer to the request before may be on its way for that long; 0: not known.
  Duration keyframe_interval(std::size_t index, Duration round_trip) const {
    const Duration least =
        layers.is_smallest(index) ? kKeyframeRequestInterval : kLargerKeyframeRequestInterval;
    return std::clamp(round_trip, least, kKeyframeRequestIntervalMax);
  }

  // Reception::is_lost_for_good, of what was forwarded.
  bool is_lost_for_good(const SourcePosition& position) const;

  bool has_missing() const;

  // What a received packet reads, from the beginning on: up to whether the first encoding misses
  // any.
  static constexpr std::size_t kReceiveBytes = 864;

  const TransportHandle transport;
  const MediaKind kind;
  const WorkerIndex owner;

  FanOut fan_out;

  StreamConfig config;
  bool is_receiving = false;
  bool is_in_repair = false;  // on the worker's list of those that miss packets

 private:
  std::uint32_t encoding_count_;
  std::uint32_t made_count_ = 1;  // that the owner may look at: the first, or all there can be
  Encoding first_;

 public:
  StreamLayers layers;                           // published() is for all workers
  TalkDetector talk;                             // of audio
  AudioGate gate;                                // likewise; some of it is for the control thread
  LevelHistory levels;                           // likewise
  std::array<MediaClock, kEncodingsMax> clocks;  // of encodings
  std::array<PublishedRtpReport, kEncodingsMax> reports;  // of encodings, for the control thread

 private:
  Encoding* further_ = nullptr;  // in the block, if there is one
  std::optional<MemoryBlock> block_;
};

}  // namespace penstock
