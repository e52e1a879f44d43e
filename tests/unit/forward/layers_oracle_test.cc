// Goal: whatever the network, the publisher and the allocation do, a receiver of layered video sees
// one stream: no number repeated or missing, no timestamp that goes back or far ahead, no picture
// id that jumps, and no frame without the frames that it needs, unless the network has taken them.
// Method: random histories of simulcast, in VP8 with temporal layers and in H.264 without, through
// what forwards it, apart from packets and keys. PENSTOCK_ORACLE_RUNS says how many.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "dataplane/forward/encoding.h"
#include "dataplane/forward/subscription.h"
#include "tests/support/scale.h"

namespace penstock::layers_oracle {
namespace {

constexpr std::uint32_t kHz = 90'000;
constexpr Duration kFrameInterval = 33 * kMillisecond;
constexpr int kFrames = 300;
constexpr std::size_t kEncodings = 3;

struct Frame {
  std::size_t encoding = 0;
  int index = 0;  // within the encoding
  std::uint8_t temporal = 0;
  bool is_keyframe = false;
  std::vector<int> needs;  // frames of the encoding
  std::vector<std::uint64_t> sequences;
  std::uint8_t tl0 = 0;
  std::uint16_t picture_id = 0;
  bool is_disturbed = false;  // by the network, or one that it needs
};

struct Packet {
  Timestamp at = 0;  // when it arrives
  SourcePacket source;
  PacketLayer layer;
  Frame* frame = nullptr;
};

struct Received {
  ProjectedPacket projected;
  PictureNames names;
  const Packet* packet = nullptr;
  bool marker = false;
  bool begins = false;  // a start
};

// A publisher's encoding: frames in the pattern of three temporal layers, 0 2 1 2.
struct Encoder {
  std::size_t encoding = 0;
  std::uint64_t sequence = 0;
  std::uint32_t timestamp_base = 0;
  std::uint16_t picture_id = 0;
  std::uint8_t tl0 = 0;
  std::uint8_t key_index = 0;
  int pattern = 0;
  int last_t0 = -1;
  int last_t1 = -1;
  bool is_on = true;
  bool is_keyframe_wanted = true;
  std::vector<std::unique_ptr<Frame>> frames;
  std::map<std::uint64_t, Frame*> frame_of;
};

class History {
 public:
  History(Codec codec, std::uint64_t seed)
      : prng_(seed), has_pictures_(codec == Codec::kVp8), subscription_(config(codec), prng_) {
    for (std::size_t i = 0; i < kEncodings; ++i) {
      Encoder& encoder = encoders_[i];
      encoder.encoding = i;
      encoder.sequence = 1'000 + prng_.below(60'000);
      encoder.timestamp_base = prng_.next_u32();
      encoder.picture_id = static_cast<std::uint16_t>(prng_.below(1U << 15));
      encoder.tl0 = static_cast<std::uint8_t>(prng_.below(256));
      encoder.key_index = static_cast<std::uint8_t>(prng_.below(32));
    }
    loss_percent_ = std::array<std::uint32_t, 4>{0, 0, 2, 10}[prng_.below(4)];
    reorder_percent_ = std::array<std::uint32_t, 3>{0, 0, 5}[prng_.below(3)];
    has_clocks_ = prng_.chance(3, 4);
    rank();
  }

  void run() {
    for (int i = 0; i < kFrames; ++i, now_ += kFrameInterval) {
      change_something();
      for (Encoder& encoder : encoders_) {
        if (encoder.is_on) encode(encoder);
      }
      deliver(now_);
    }
    deliver(now_ + kSecond);
    check();
  }

 private:
  static SubscriptionConfig config(Codec codec) {
    SubscriptionConfig config;
    config.target.codec = codec;
    return config;
  }

  bool sometimes(std::uint32_t percent) { return prng_.chance(percent, 100); }

  void rank() {
    rates_ = {.spatial = {}, .count = 0, .version = rates_.version + 1};
    for (const Encoder& encoder : encoders_) {
      if (encoder.is_on)
        rates_.spatial[rates_.count++].encoding = static_cast<std::uint8_t>(encoder.encoding);
    }
  }
  Layer some_layer() {
    return {static_cast<std::uint8_t>(prng_.below(3)), static_cast<std::uint8_t>(prng_.below(3))};
  }
  void set_target(std::optional<Layer> target) {
    if (subscription_.layers.set_target(target) || !target) subscription_.projection.restart();
    has_room_ = target.has_value();
  }
  void change_something() {
    if (sometimes(3)) subscription_.layers.set_limit(some_layer());
    if (sometimes(3)) set_target(some_layer());
    if (sometimes(1)) set_target(std::nullopt);
    if (!has_room_ && sometimes(30)) set_target(some_layer());
    if (sometimes(1)) subscription_.projection.restart();
    if (sometimes(2)) {
      Encoder& encoder = encoders_[prng_.below(kEncodings)];
      encoder.is_on = !encoder.is_on;
      encoder.is_keyframe_wanted = encoder.is_on;
      rank();
    }
    const std::uint8_t wanting = subscription_.layers.wanting();
    for (Encoder& encoder : encoders_) {
      const bool is_wanted = (wanting >> encoder.encoding & 1U) != 0;
      if (is_wanted && needs_keyframe_ && sometimes(40)) encoder.is_keyframe_wanted = true;
      if (sometimes(1)) encoder.is_keyframe_wanted = true;
    }
  }

  void encode(Encoder& encoder) {
    auto& frame = *encoder.frames.emplace_back(std::make_unique<Frame>());
    frame.encoding = encoder.encoding;
    frame.index = static_cast<int>(encoder.frames.size()) - 1;
    frame.is_keyframe = std::exchange(encoder.is_keyframe_wanted, false);
    if (frame.is_keyframe) {
      encoder.pattern = 0;
      encoder.key_index = (encoder.key_index + 1) & 31;
    }
    constexpr std::array<std::uint8_t, 4> kTemporal = {0, 2, 1, 2};
    const int place = has_pictures_ ? encoder.pattern++ % 4 : 0;
    frame.temporal = kTemporal[static_cast<std::size_t>(place)];
    bool is_sync = false;
    if (place == 0) {
      if (!frame.is_keyframe) frame.needs = {encoder.last_t0};
      encoder.last_t0 = frame.index;
      ++encoder.tl0;
    } else if (place == 2) {
      is_sync = encoder.pattern < 8 || sometimes(30);
      frame.needs = {encoder.last_t0};
      if (!is_sync) frame.needs.push_back(encoder.last_t1);
      encoder.last_t1 = frame.index;
    } else {
      is_sync = place == 1;
      frame.needs = {encoder.last_t0};
      if (!is_sync) frame.needs.push_back(encoder.last_t1);
    }
    frame.tl0 = encoder.tl0;
    frame.picture_id = encoder.picture_id = (encoder.picture_id + 1) & 0x7FFF;
    const auto timestamp =
        encoder.timestamp_base + static_cast<std::uint32_t>(now_ / kMillisecond * kHz / 1'000);
    const std::size_t packets = 1 + prng_.below(frame.is_keyframe ? 6 : 3);
    for (std::size_t i = 0; i < packets; ++i) {
      Packet packet{.at = now_ + static_cast<Duration>(encoder.encoding) * kMillisecond,
                    .source = {.sequence = ++encoder.sequence,
                               .timestamp = timestamp,
                               .source = source_name(encoder.encoding, 1),
                               .marker = i + 1 == packets,
                               .is_keyframe_start = frame.is_keyframe && i == 0},
                    .layer = {},
                    .frame = &frame};
      PacketLayer& layer = packet.layer;
      layer.is_simulcast = layer.is_layered = true;
      layer.encoding = encoder.encoding & 3U;
      layer.temporal = frame.temporal & 3U;
      layer.is_frame_end = packet.source.marker;
      layer.is_temporal_sync = is_sync;
      layer.has_picture_id = has_pictures_;
      layer.version = static_cast<std::uint8_t>(rates_.version);
      layer.key_index = encoder.key_index & 31U;
      layer.tl0_picture_index = frame.tl0;
      layer.picture_id = frame.picture_id & 0x7FFFU;
      frame.sequences.push_back(packet.source.sequence);
      encoder.frame_of[packet.source.sequence] = &frame;
      if (sometimes(loss_percent_)) {
        frame.is_disturbed = true;
        if (sometimes(30)) continue;
        packet.at += kSecond / 20 + static_cast<Duration>(prng_.below(100)) * kMillisecond;
      } else if (sometimes(reorder_percent_)) {
        frame.is_disturbed = true;
        packet.at += static_cast<Duration>(prng_.below(40)) * kMillisecond;
      }
      on_the_way_.emplace(packet.at, packet);
    }
  }

  void deliver(Timestamp until) {
    while (!on_the_way_.empty() && on_the_way_.begin()->first <= until) {
      const Packet packet = on_the_way_.begin()->second;
      on_the_way_.erase(on_the_way_.begin());
      take(packet, packet.at);
    }
  }

  MediaClock::Reading clock_of(std::uint32_t source) const {
    return {.captured_at = 0,
            .rtp_timestamp = encoders_[encoding_of_source(source)].timestamp_base,
            .source = source};
  }

  // As a worker does it (LayerControl, Forwarder).
  void take(const Packet& packet, Timestamp at) {
    if (!has_room_) {
      refused_.insert({packet.layer.encoding, packet.source.sequence});
      return;
    }
    LayerSelector& layers = subscription_.layers;
    if (!layers.knows(packet.layer.version) && layers.update(rates_, packet.layer.version))
      subscription_.projection.restart();
    needs_keyframe_ = false;
    switch (layers.choose(packet.layer, packet.source.is_keyframe_start)) {
      case LayerSelector::Choice::kLeave:
        refused_.insert({packet.layer.encoding, packet.source.sequence});
        return;
      case LayerSelector::Choice::kWait:
        refused_.insert({packet.layer.encoding, packet.source.sequence});
        needs_keyframe_ = true;
        return;
      case LayerSelector::Choice::kBegin: {
        std::optional<MediaClock::Reading> from;
        std::optional<MediaClock::Reading> to;
        if (has_clocks_ && layers.newest().source != 0) {
          from = clock_of(layers.newest().source);
          to = clock_of(packet.source.source);
        }
        if (!subscription_.begin_encoding(packet.layer, packet.source, from, to)) return;
        break;
      }
      case LayerSelector::Choice::kTake:
        break;
    }
    layers.note(packet.source.source, packet.source.timestamp);
    const bool begins = subscription_.projection.begins_with(packet.source.source);
    const bool was_started = subscription_.projection.is_started();
    const bool is_late = !begins && packet.source.sequence < newest_[packet.layer.encoding];
    newest_[packet.layer.encoding] =
        std::max(newest_[packet.layer.encoding], packet.source.sequence);
    if (!subscription_.passes(packet.layer, packet.source)) {
      if (is_late) left_late_.insert({packet.layer.encoding, packet.source.sequence});
      return;
    }
    const auto projected = subscription_.projection.project(packet.source, at);
    if (!projected) {
      refused_.insert({packet.layer.encoding, packet.source.sequence});
      needs_keyframe_ = projected.error() == DropReason::kWaitingForKeyframe;
      return;
    }
    const auto changed =
        has_pictures_ ? subscription_.pictures.take(packet.layer, packet.source.source, begins)
                      : std::nullopt;
    const PictureNames names =
        changed ? *changed
                : PictureNames{static_cast<std::uint16_t>(packet.layer.picture_id),
                               packet.layer.tl0_picture_index,
                               static_cast<std::uint8_t>(packet.layer.key_index)};
    packets_.push_back(std::make_unique<Packet>(packet));
    ASSERT_TRUE(received_
                    .emplace(projected->sequence, Received{.projected = *projected,
                                                           .names = names,
                                                           .packet = packets_.back().get(),
                                                           .marker = packet.source.marker,
                                                           .begins = begins})
                    .second)
        << "number given twice";
    forwarded_.insert({packet.layer.encoding, packet.source.sequence});
    EXPECT_TRUE(check_way_back(received_.at(projected->sequence))) << "its own number";
    latest_.push_back(projected->sequence);
    // Shortly after a switch what went before it can still be asked for.
    if (begins && starts_.insert(projected->sequence).second && latest_.size() > 1) {
      const bool is_known = check_way_back(received_.at(latest_[latest_.size() - 2]));
      EXPECT_TRUE(is_known || !was_started) << "nothing was restarted";
    }
  }

  // False if nothing is known of it, as after a restart.
  bool check_way_back(const Received& received) {
    const auto number = static_cast<std::uint16_t>(received.projected.sequence);
    const auto position = subscription_.projection.source_of(number);
    if (!position) return false;
    EXPECT_EQ(position->source, received.packet->source.source);
    EXPECT_EQ(position->sequence, received.packet->source.sequence);
    EXPECT_EQ(received.packet->source.timestamp + position->timestamp_offset,
              received.projected.timestamp);
    const auto names = subscription_.pictures.find(received.packet->layer, position->source);
    if (has_pictures_ && names) {
      EXPECT_EQ(*names, received.names);
    }
    return true;
  }

  // Or could not be, as it came before its keyframe did.
  bool was_forwarded(const Frame& frame) const {
    return std::ranges::all_of(frame.sequences, [&](std::uint64_t sequence) {
      return forwarded_.contains({frame.encoding, sequence}) ||
             (reorder_percent_ + loss_percent_ != 0 &&
              refused_.contains({frame.encoding, sequence}));
    });
  }

  void check() {
    for (Encoder& encoder : encoders_) {
      for (auto& frame : encoder.frames) {
        for (const int needed : frame->needs)
          frame->is_disturbed |= encoder.frames[static_cast<std::size_t>(needed)]->is_disturbed;
      }
    }
    const Received* before = nullptr;
    for (const auto& [number, received] : received_) {
      check_frame(received);
      if (before != nullptr) check_pair(*before, received);
      before = &received;
    }
  }

  void check_frame(const Received& received) {
    const Frame& frame = *received.packet->frame;
    if (frame.is_disturbed) return;
    for (const int needed : frame.needs) {
      const Frame& other = *encoders_[frame.encoding].frames[static_cast<std::size_t>(needed)];
      EXPECT_TRUE(was_forwarded(other))
          << "frame " << frame.index << " of layer " << int{frame.temporal} << " needs " << needed
          << " of layer " << int{other.temporal};
    }
  }

  void check_pair(const Received& one, const Received& other) {
    const Packet& a = *one.packet;
    const Packet& b = *other.packet;
    const auto step = other.projected.sequence - one.projected.sequence;
    const auto ticks =
        static_cast<std::int32_t>(other.projected.timestamp - one.projected.timestamp);
    EXPECT_GE(ticks, 0) << "back";
    if (a.frame != b.frame) {
      EXPECT_GT(ticks, 0);
    }
    const auto id_step =
        static_cast<std::uint16_t>((other.names.picture_id - one.names.picture_id) & 0x7FFF);
    if (starts_.contains(other.projected.sequence)) {
      EXPECT_LE(step, 2U);
      if (has_pictures_) {
        EXPECT_EQ(id_step, 1U) << "a start";
        EXPECT_EQ(
            static_cast<std::uint8_t>(other.names.tl0_picture_index - one.names.tl0_picture_index),
            1U);
      }
      const auto elapsed = static_cast<std::int32_t>((b.at - a.at) / kMillisecond * kHz / 1'000);
      EXPECT_LE(ticks, elapsed + static_cast<std::int32_t>(kHz / 5)) << "far ahead";
      return;
    }
    // What is between them: each packet that the network has taken keeps its number, and so does
    // what was left out late.
    std::uint64_t between = 0;
    std::set<const Frame*> lost_frames;
    const Encoder& encoder = encoders_[a.frame->encoding];
    for (std::uint64_t i = a.source.sequence + 1; i < b.source.sequence; ++i) {
      const Frame* frame = encoder.frame_of.at(i);
      const std::pair name{a.frame->encoding, i};
      // Forwarded: before the last start.
      if (frame->is_disturbed || left_late_.contains(name) || refused_.contains(name) ||
          forwarded_.contains(name)) {
        ++between;
        lost_frames.insert(frame);
      }
    }
    EXPECT_LE(step, between + 1) << "a gap that the network has not caused";
    if (!has_pictures_) return;
    EXPECT_LE(id_step, lost_frames.size() + 1) << "a jump that the network has not caused";
    EXPECT_EQ(id_step == 0, a.frame == b.frame);
  }

  Prng prng_;
  const bool has_pictures_;  // ids of them, and temporal layers
  Subscription subscription_;
  std::array<Encoder, kEncodings> encoders_;
  LayerRates rates_;
  std::uint32_t loss_percent_ = 0;
  std::uint32_t reorder_percent_ = 0;
  bool has_clocks_ = true;
  bool has_room_ = true;
  bool needs_keyframe_ = false;
  Timestamp now_ = kSecond;
  std::multimap<Timestamp, Packet> on_the_way_;
  std::vector<std::unique_ptr<Packet>> packets_;
  std::map<std::uint64_t, Received> received_;
  std::vector<std::uint64_t> latest_;
  std::set<std::uint64_t> starts_;
  std::array<std::uint64_t, kEncodings> newest_{};
  std::set<std::pair<std::size_t, std::uint64_t>> forwarded_;
  std::set<std::pair<std::size_t, std::uint64_t>> left_late_;
  std::set<std::pair<std::size_t, std::uint64_t>> refused_;  // came before their keyframe
};

void run_histories(Codec codec) {
  for (std::uint64_t seed = 1; seed <= test::oracle_runs(); ++seed) {
    History(codec, seed).run();
    if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(LayersOracle, SimulcastInVp8) { run_histories(Codec::kVp8); }
TEST(LayersOracle, SimulcastInH264) { run_histories(Codec::kH264); }

}  // namespace
}  // namespace penstock::layers_oracle
