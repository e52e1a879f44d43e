// One published m-line: its encodings as they come in, and the lists of who receives it. Lives in a
// pool; made and destroyed on the control thread.
//
// Who touches what: `transport`, `kind` and `owner` are constant. `fan_out` and `clock` are
// published for all workers. All else belongs to the owner, the worker of the publisher's
// transport: the m-line may change (CommandKind::kUpdateStream).
//
// The first encoding is in the stream itself, and most streams have no other. Memory for more comes
// from a pool of blocks, one for each stream that there can be: the control thread makes them there
// before the owner is told of an m-line that has several, and until then the owner does not look.
//
// Receivers see one source after the other (PacketMetadata::source): another begins when the
// publisher takes another SSRC or another codec, and when another encoding is selected. Each has
// its own numbers and timestamps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>

#include "dataplane/api/dataplane.h"
#include "dataplane/api/rtp_report.h"
#include "dataplane/forward/encoding.h"
#include "dataplane/forward/encoding_selector.h"
#include "dataplane/forward/fan_out.h"
#include "dataplane/forward/media_clock.h"
#include "dataplane/forward/projection.h"
#include "dataplane/forward/stream_layers.h"
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

  // The encodings of which a keyframe helps receivers now: the one that is forwarded and the one
  // that should be; all while there is none yet. Calls `visit(Encoding&)`.
  template <typename Visit>
  void for_each_keyframe_source(Timestamp now, Visit&& visit) {
    const auto selected = selector.selected();
    const auto wanted = selector.wanted(now);
    for (std::size_t i = 0; i < encoding_count_; ++i) {
      if (!selected || selected == i || wanted == i) visit(encoding(i));
    }
  }

  // Simulcast: wants a keyframe of the encoding that should be forwarded, or of all while none is.
  // Receivers do not ask before they have got something.
  void want_keyframes(Timestamp now);

  // The source that a packet of this encoding, which is forwarded, has for receivers. Called per
  // packet.
  std::uint32_t take_source(std::size_t index) {
    const std::uint32_t source = encoding(index).reception.source();
    if (index != forwarded_.encoding || source != forwarded_.source) [[unlikely]]
      begin_source(index, source);
    return forwarded_.id;
  }

  // A sender report of the encoding's present SSRC: which of its timestamps is which instant.
  void take_report(std::size_t index, Timestamp captured_at, std::uint32_t rtp_timestamp);

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

  void begin_source(std::size_t index, std::uint32_t source);

  Forwarded forwarded_;
  std::uint32_t encoding_count_;
  std::uint32_t made_count_ = 1;  // that the owner may look at: the first, or all there can be
  Encoding first_;

 public:
  EncodingSelector selector;
  StreamLayers layers;  // published() is for all workers
  MediaClock clock;
  std::array<PublishedRtpReport, kEncodingsMax> reports;  // of encodings, for the control thread

 private:
  Encoding* further_ = nullptr;  // in the block, if there is one
  std::optional<MemoryBlock> block_;
};

}  // namespace penstock
