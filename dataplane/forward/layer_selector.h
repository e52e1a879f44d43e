// Which layer of a stream one receiver gets. Three say something: the receiver, over the API, the
// most that it wants (limit); the allocation, what its way can take (target); and what comes of the
// stream (LayerRates). Until there is an allocation the target is the limit.
//
// Of simulcast it chooses the encoding. That changes at a keyframe of the new one only: until it
// comes, the old one goes on, unless it is the receiver's way that cannot take it any more. Before
// the first keyframe of the wanted encoding a smaller one is better than none. What has been silent
// for as long as the receiver bears (fallback) counts as if it did not come.
//
// State of a subscription, on its receiver's worker; called per packet and receiver of simulcast.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/api/layer.h"
#include "dataplane/base/time.h"
#include "dataplane/forward/layer_rates.h"
#include "dataplane/forward/packet_layer.h"

namespace penstock {

class LayerSelector {
 public:
  static constexpr std::uint8_t kNone = 0xFF;
  // How often a keyframe may be refused because it is older than what was sent.
  static constexpr std::uint8_t kRefusalsMax = 2;

  // Ranks above what comes mean the highest that comes.
  void set_limit(Layer limit) {
    limit_ = limit;
    static_cast<void>(want());
  }
  // This encoding of simulcast, whatever comes, and no other; limits and targets say only whether
  // it goes.
  void fix_encoding(std::uint8_t encoding) { fixed_ = encoding & 7; }
  // In quarters of a second, the next longer one.
  void set_fallback(Duration fallback) {
    const Duration quarters = (fallback + kSilenceUnit - 1) / kSilenceUnit;
    fallback_ = std::clamp<Duration>(quarters, 1, kFallbackMax / kSilenceUnit) & 7;
  }
  // By the allocation: what fits, at most; empty: nothing, the stream is paused. True: what is sent
  // now does not fit, and ends here: its receiver has nothing until the next keyframe that it may
  // have.
  [[nodiscard]] bool set_target(std::optional<Layer> target) {
    has_allocation_ = true;
    allocated_ = target;
    return want();
  }
  // What comes of the stream is this now, from packets with this version on. True: as set_target().
  [[nodiscard]] bool update(const LayerRates& rates, std::uint8_t version);
  // Another stream is shown from now on, or this one anew.
  void restart();

  Layer limit() const { return limit_; }
  // Empty: no allocation, or nothing.
  std::optional<Layer> allocated() const { return allocated_; }
  // Never above the limit.
  std::optional<Layer> target() const {
    if (!has_allocation_) return limit_;
    if (!allocated_) return std::nullopt;
    return lower_of(*allocated_, limit_);
  }
  // Which encoding is sent now, and its rank; empty: none yet, or none any more.
  std::uint8_t encoding() const { return current_; }
  std::optional<std::uint8_t> rank() const { return rank_of(current_); }

  enum class Choice : std::uint8_t {
    kTake,   // it goes on
    kBegin,  // it can go on from here: begin(), or refuse()
    kLeave,  // it is of another encoding
    kWait,   // the same; of its encoding a keyframe is wanted
  };
  // Of a packet that comes.
  Choice choose(const PacketLayer& packet, bool is_keyframe_start) const {
    if (packet.encoding == current_) return Choice::kTake;
    if (packet.encoding != wanted_ && !is_better_than_nothing(packet.encoding))
      return Choice::kLeave;
    if (is_keyframe_start) return Choice::kBegin;
    return packet.encoding == wanted_ ? Choice::kWait : Choice::kLeave;
  }
  void begin(std::uint8_t encoding) {
    current_ = encoding;
    refusals_ = 0;
  }
  // The keyframe is older than what was sent of another encoding. False: that was often enough.
  bool refuse() {
    if (refusals_ == kRefusalsMax) return false;
    ++refusals_;
    return true;
  }

  // The newest packet that was chosen.
  struct Newest {
    std::uint32_t source = 0;
    std::uint32_t timestamp = 0;
  };
  void note(std::uint32_t source, std::uint32_t timestamp) {
    const bool is_older =
        source == newest_.source && static_cast<std::int32_t>(timestamp - newest_.timestamp) < 0;
    if (!is_older) newest_ = {source, timestamp};
  }
  const Newest& newest() const { return newest_; }

  // Packets of simulcast have come: which one is sent is a matter of its encodings' ranks.
  bool is_simulcast() const { return version_ != kNoVersion; }
  // False: update() first.
  bool knows(std::uint8_t version) const { return version == version_; }
  // Encodings of which choose() says anything but kLeave: a bit for each.
  std::uint8_t taken() const;
  // Encodings of which a keyframe helps the receiver.
  std::uint8_t wanting() const {
    return static_cast<std::uint8_t>(bit_of(wanted_) | bit_of(current_));
  }

 private:
  static std::uint8_t bit_of(std::uint8_t encoding) {
    return encoding == kNone ? std::uint8_t{0} : static_cast<std::uint8_t>(1U << encoding);
  }
  std::optional<std::uint8_t> rank_of(std::uint8_t encoding) const;
  bool is_better_than_nothing(std::uint8_t encoding) const;
  std::size_t heard_rank(std::size_t rank) const;
  bool want();

  std::uint8_t current_ = kNone;  // encodings
  std::uint8_t wanted_ = kNone;
  static constexpr std::uint16_t kNoVersion = 0x100;
  std::uint16_t version_ = kNoVersion;
  std::uint8_t count_ = 0;
  std::array<std::uint8_t, kSpatialLayersMax> ranked_{};  // encodings that come
  std::uint8_t refusals_ : 2 = 0;
  static constexpr std::uint8_t kNotFixed = 7;
  std::uint8_t fixed_ : 3 = kNotFixed;  // the encoding that is all there is to choose
  bool has_allocation_ : 1 = false;
  std::uint8_t fallback_ : 3 = kFallbackMax / kSilenceUnit;
  std::uint8_t silent_ : 4 = 0;  // for longer than that: ranks, a bit for each
  Newest newest_;
  Layer limit_ = kHighestLayer;
  std::optional<Layer> allocated_;
};

}  // namespace penstock
