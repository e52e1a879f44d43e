// Goal: whatever the network, the publisher and the allocation do, a receiver of scalable video
// (AV1 with dependency descriptors, VP9 in flexible mode; SVC and K-SVC) sees one stream: no number
// repeated or missing, nothing without the frames that it needs, all frames of the layers that it
// is told to have and, of K-SVC, no others; and it comes to what it is to have.
// Method: random histories through what receives and forwards layers, apart from packets and keys.
// PENSTOCK_ORACLE_RUNS says how many.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "dataplane/base/endian.h"
#include "dataplane/forward/packet_layer.h"
#include "dataplane/forward/stream_layers.h"
#include "dataplane/forward/subscription.h"
#include "tests/support/scale.h"
#include "tests/support/svc_model.h"

namespace penstock::svc_oracle {
namespace {

constexpr Duration kInterval = 33 * kMillisecond;
constexpr std::uint32_t kTicks = 2'970;
constexpr int kPictures = 120;
// At the end: nothing changes, nothing is lost. What comes again counts after two seconds only.
constexpr int kQuietPictures = 60;
constexpr int kQuietPicturesAfterStops = 130;
constexpr int kCheckedPictures = 20;  // of them, at their end
constexpr std::uint32_t kSource = 4;

struct Frame {
  SvcFrame says;
  int picture = 0;
  std::vector<const Frame*> needs;
  std::vector<std::uint64_t> sequences;
  std::uint32_t active = 0;   // decode targets
  bool is_switch_up = false;  // VP9: of a layer that begins without a keyframe
  bool is_disturbed = false;  // by the network, or one that it needs
  bool is_sync = false;       // VP9 U
};

struct Packet {
  Timestamp at = 0;  // when it arrives
  SourcePacket source;
  Frame* frame = nullptr;
  SvcFrame says;
  bool has_mask = false;
};

struct Received {
  const Packet* packet = nullptr;
  ProjectedPacket projected;
  std::uint16_t name = 0;  // picture id or frame number
  bool begins = false;
};

enum class Form : std::uint8_t { kAv1, kVp9 };

struct Setting {
  Form form = Form::kAv1;
  bool is_key = false;  // K-SVC
};

class History {
 public:
  History(const Setting& setting, std::uint64_t seed)
      : prng_(seed),
        setting_(setting),
        spatial_layers_(1 + static_cast<unsigned>(prng_.below(3))),
        temporal_layers_(1 + static_cast<unsigned>(prng_.below(3))),
        model_(spatial_layers_, temporal_layers_, setting.is_key),
        subscription_(config(setting.form), prng_),
        top_(spatial_layers_ - 1),
        sequence_(1'000 + prng_.below(60'000)),
        number_(static_cast<std::uint16_t>(prng_.below(1U << 16))),
        picture_id_(static_cast<std::uint16_t>(prng_.below(1U << 15))),
        timestamp_(prng_.next_u32()) {
    loss_percent_ = std::array<std::uint32_t, 4>{0, 0, 2, 10}[prng_.below(4)];
    reorder_percent_ = std::array<std::uint32_t, 3>{0, 0, 5}[prng_.below(3)];
    has_stops_ = prng_.chance(1, 2);
  }

  void run() {
    for (int i = 0; i < pictures(); ++i, now_ += kInterval) {
      if (i < kPictures) {
        change_something();
      } else if (i == kPictures) {
        calm_down();
      }
      ask_for_keyframe();
      encode_picture(i);
      deliver(now_);
    }
    deliver(now_ + kSecond);
    check();
  }

 private:
  static SubscriptionConfig config(Form form) {
    SubscriptionConfig config;
    config.target.codec = form == Form::kAv1 ? Codec::kAv1 : Codec::kVp9;
    return config;
  }
  int pictures() const {
    return kPictures + (has_stops_ ? kQuietPicturesAfterStops : kQuietPictures);
  }
  bool sometimes(std::uint32_t percent) { return prng_.chance(percent, 100); }
  Layer some_layer() {
    return {static_cast<std::uint8_t>(prng_.below(3)), static_cast<std::uint8_t>(prng_.below(3))};
  }
  void set_target(std::optional<Layer> target) {
    if (subscription_.layers.set_target(target) || !target) subscription_.projection.restart();
    has_room_ = target.has_value();
  }
  void set_top(unsigned top) {
    // Of K-SVC what comes again needs a keyframe; of SVC only the layer below.
    if (top > top_ && setting_.is_key) is_keyframe_wanted_ = true;
    top_ = top;
    is_mask_new_ = true;
  }
  void change_something() {
    if (sometimes(3)) subscription_.layers.set_limit(some_layer());
    if (sometimes(3)) set_target(some_layer());
    if (sometimes(1)) set_target(std::nullopt);
    if (!has_room_ && sometimes(30)) set_target(some_layer());
    if (sometimes(1)) subscription_.projection.restart();
    if (has_stops_ && sometimes(2)) set_top(static_cast<unsigned>(prng_.below(spatial_layers_)));
    if (sometimes(1)) is_keyframe_wanted_ = true;
  }
  void calm_down() {
    loss_percent_ = reorder_percent_ = 0;
    if (!has_room_) set_target(some_layer());
  }
  void ask_for_keyframe() {
    if (std::exchange(is_asked_, false) && sometimes(40)) is_keyframe_wanted_ = true;
  }

  // Temporal layers come as 0 2 1 2, or 0 1.
  unsigned next_temporal(bool is_keyframe) {
    if (is_keyframe) place_ = 0;
    constexpr std::array<unsigned, 4> kOfThree = {0, 2, 1, 2};
    const unsigned place = place_++;
    if (temporal_layers_ == 1) return 0;
    return temporal_layers_ == 2 ? place % 2 : kOfThree[place % 4];
  }

  void encode_picture(int picture) {
    const bool is_keyframe = std::exchange(is_keyframe_wanted_, false);
    const unsigned temporal = next_temporal(is_keyframe);
    const bool has_mask = std::exchange(is_mask_new_, false) || has_stops_;
    if (is_keyframe) last_ = {};
    picture_id_ = (picture_id_ + 1) & 0x7FFF;
    timestamp_ += kTicks;
    const Frame* below = nullptr;
    for (unsigned spatial = 0; spatial <= top_; ++spatial) {
      Frame& frame = *frames_.emplace_back(std::make_unique<Frame>());
      frame.picture = picture;
      frame.says = {.spatial = spatial,
                    .temporal = temporal,
                    .is_of_keyframe = is_keyframe,
                    .number = ++number_};
      frame.active = model_.targets_up_to(top_, 2);
      if (below != nullptr && (is_keyframe || !setting_.is_key)) frame.needs.push_back(below);
      if (!is_keyframe) refer(frame, picture);
      if (frame.needs.empty() && !is_keyframe) {  // a layer cannot begin here
        frames_.pop_back();
        --number_;
        break;
      }
      last_[spatial][temporal] = &frame;
      by_picture_[picture].push_back(&frame);
      packetize(frame, has_mask);
      below = &frame;
    }
    // The end of the picture is the end of what there is of it.
    const auto last = on_the_way_.find(sequence_);
    if (last != on_the_way_.end()) last->second.source.marker = true;
  }
  // What of its own layer it needs: the newest frame of lower temporal layers, of the lowest
  // itself.
  void refer(Frame& frame, int picture) {
    const unsigned spatial = frame.says.spatial;
    const Frame* newest = nullptr;
    for (unsigned t = 0; t < std::max(1U, frame.says.temporal); ++t) {
      const Frame* candidate = last_[spatial][t];
      if (candidate != nullptr && (newest == nullptr || candidate->picture > newest->picture))
        newest = candidate;
    }
    // A layer that paused begins anew, where the lowest temporal layer is.
    const bool has_paused = newest != nullptr && picture - newest->picture > 4;
    if (newest == nullptr || has_paused) {
      last_[spatial] = {};
      const bool may_begin = frame.says.temporal == 0 && !setting_.is_key;
      if (!may_begin) frame.needs.clear();
      frame.is_switch_up = true;
      return;
    }
    frame.needs.push_back(newest);
    frame.is_sync = frame.says.temporal != 0 && newest->says.temporal == 0;
  }

  void packetize(Frame& frame, bool has_mask) {
    const std::size_t packets = 1 + prng_.below(frame.says.is_of_keyframe ? 4 : 2);
    for (std::size_t i = 0; i < packets; ++i) {
      Packet packet{.at = now_,
                    .source = {.sequence = ++sequence_,
                               .timestamp = timestamp_,
                               .source = kSource,
                               .marker = false,
                               .is_keyframe_start =
                                   frame.says.is_of_keyframe && frame.says.spatial == 0 && i == 0},
                    .frame = &frame,
                    .says = frame.says,
                    .has_mask = has_mask && i == 0};
      packet.says.is_start = i == 0;
      packet.says.is_end = i + 1 == packets;
      frame.sequences.push_back(sequence_);
      frame_of_[sequence_] = &frame;
      bool is_lost = false;
      if (sometimes(loss_percent_)) {
        frame.is_disturbed = true;
        is_lost = sometimes(30);
        packet.at += kSecond / 20 + static_cast<Duration>(prng_.below(100)) * kMillisecond;
      } else if (sometimes(reorder_percent_)) {
        frame.is_disturbed = true;
        packet.at += static_cast<Duration>(prng_.below(40)) * kMillisecond;
      }
      if (!is_lost) on_the_way_.emplace(sequence_, packet);
      has_been_disturbed_ = has_been_disturbed_ || frame.is_disturbed;
    }
  }

  void deliver(Timestamp until) {
    std::vector<const Packet*> due;
    for (const auto& [sequence, packet] : on_the_way_) {
      if (packet.at <= until) due.push_back(&packet);
    }
    std::ranges::sort(due, {}, [](const Packet* packet) {
      return std::pair(packet->at, packet->source.sequence);
    });
    for (const Packet* packet : due) {
      packets_.push_back(std::make_unique<Packet>(*packet));
      on_the_way_.erase(packet->source.sequence);
      receive(*packets_.back());
    }
  }

  // Where it comes from its publisher (attribution).
  void receive(const Packet& packet) {
    std::optional<FrameDependencies> dependencies;
    std::optional<PayloadInfo> info;
    std::vector<std::uint8_t> descriptor;
    if (setting_.form == Form::kAv1) {
      descriptor = model_.descriptor(
          packet.says, packet.has_mask ? std::optional(packet.frame->active) : std::nullopt);
      dependencies = structure_.read(descriptor);
    } else {
      info = vp9_info(packet);
    }
    PacketLayer layer;
    std::uint16_t newest_picture_id = 0;
    describe_layer(info, dependencies, newest_picture_id, layer);
    if (dependencies) layers_.stop_above(dependencies->spatial_top);
    layers_.take({.row = layer.spatial,
                  .temporal = layer.temporal,
                  .timestamp = packet.source.timestamp,
                  .bytes = 1'000,
                  .pixels = 0,
                  .is_for_above = layer.not_for_spatial == 0},
                 packet.at);
    const bool is_promised = packet.source.is_keyframe_start && dependencies;
    layer.spatial_top =
        (is_promised ? dependencies->spatial_top : static_cast<unsigned>(layers_.spatial_top())) &
        3U;
    forward(packet, layer, descriptor);
  }
  PayloadInfo vp9_info(const Packet& packet) const {
    const Frame& frame = *packet.frame;
    PayloadInfo info;
    info.has_layers = info.has_picture_id = info.is_picture_id_15_bit = true;
    info.spatial_layer = static_cast<std::uint8_t>(frame.says.spatial);
    info.temporal_layer = static_cast<std::uint8_t>(frame.says.temporal);
    info.picture_id =
        static_cast<std::uint16_t>((picture_id_ - last_picture() + frame.picture) & 0x7FFF);
    info.is_frame_start = packet.says.is_start;
    info.is_frame_end = packet.says.is_end;
    info.is_layer_sync = frame.is_sync;
    info.is_inter_picture_predicted = !frame.says.is_of_keyframe && !frame.is_switch_up;
    info.is_for_own_layer_only = setting_.is_key && !frame.says.is_of_keyframe;
    return info;
  }
  int last_picture() const { return frames_.back()->picture; }

  // As a worker does it (Forwarder).
  void forward(const Packet& packet, const PacketLayer& layer,
               const std::vector<std::uint8_t>& descriptor) {
    const std::uint64_t sequence = packet.source.sequence;
    if (!has_room_) {
      refused_.insert(sequence);
      return;
    }
    const bool begins = subscription_.projection.begins_with(kSource);
    const bool is_late = !begins && sequence < newest_;
    newest_ = std::max(newest_, sequence);
    if (layer.is_layered) {
      if (!subscription_.passes(layer, packet.source)) {
        if (is_late) left_late_.insert(sequence);
        is_asked_ = is_asked_ || subscription_.filter.wants_keyframe();
        return;
      }
      is_asked_ = is_asked_ || subscription_.filter.wants_keyframe();
    }
    const auto projected = subscription_.projection.project(packet.source, packet.at);
    if (!projected) {
      refused_.insert(sequence);
      is_asked_ = is_asked_ || projected.error() == DropReason::kWaitingForKeyframe;
      return;
    }
    Received received{.packet = &packet, .projected = *projected, .name = 0, .begins = begins};
    if (setting_.form == Form::kVp9) {
      const auto names = subscription_.pictures.take(layer, kSource, begins);
      received.name = names ? names->picture_id : layer.picture_id;
    } else if (layer.is_layered) {
      received.name = static_cast<std::uint16_t>(
          packet.says.number + subscription_.frames.take(packet.says.number, kSource, begins));
      tell(packet, layer, descriptor);
    }
    EXPECT_TRUE(received_.emplace(projected->sequence, received).second) << "number given twice";
    if (begins) starts_.insert(projected->sequence);
    forwarded_.insert(sequence);
  }

  // What the receiver reads in the descriptor that it gets.
  void tell(const Packet& packet, const PacketLayer& layer,
            const std::vector<std::uint8_t>& descriptor) {
    ActiveTargets& targets = subscription_.targets;
    targets.take(descriptor, kSource, subscription_.filter.shown());
    std::vector<std::uint8_t> told = descriptor;
    if (targets.changes(descriptor, kSource)) {
      told.resize(ActiveTargets::kDescriptorBytesMax);
      told.resize(targets.write(descriptor,
                                std::span<std::uint8_t, ActiveTargets::kDescriptorBytesMax>(told)));
    }
    const auto frame = receiver_structure_.read(told);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->spatial_layer, layer.spatial);
    EXPECT_EQ(frame->temporal_layer, layer.temporal);
    const bool is_newest =
        told_.empty() || static_cast<std::int16_t>(packet.says.number - told_.back().number) >= 0;
    if (!packet.says.is_start || !is_newest) return;
    told_.push_back({packet.says.number, receiver_structure_.active_targets()});
    const bool is_quiet = loss_percent_ + reorder_percent_ == 0;
    const std::uint32_t unknown = told_.back().active & ~packet.frame->active;
    if (is_quiet && packet.says.is_of_keyframe) {
      EXPECT_EQ(unknown, 0U) << "not sent by the publisher";
    }
  }

  void check() {
    for (const auto& frame : frames_) {
      for (const Frame* needed : frame->needs) frame->is_disturbed |= needed->is_disturbed;
    }
    const Received* before = nullptr;
    for (const auto& [number, received] : received_) {
      check_frame(*received.packet->frame);
      if (before != nullptr) check_pair(*before, received);
      before = &received;
    }
    check_end();
  }

  bool is_whole(const Frame& frame) const {
    return std::ranges::all_of(frame.sequences,
                               [&](std::uint64_t i) { return forwarded_.contains(i); });
  }
  bool was_refused(const Frame& frame) const {
    return std::ranges::any_of(frame.sequences,
                               [&](std::uint64_t i) { return refused_.contains(i); });
  }

  void check_frame(const Frame& frame) const {
    if (frame.is_disturbed) return;
    for (const Frame* needed : frame.needs) {
      // What could not be sent, as it came before the keyframe did.
      const bool is_excused = has_been_disturbed_ && was_refused(*needed);
      EXPECT_TRUE(is_whole(*needed) || is_excused)
          << "S" << frame.says.spatial << "T" << frame.says.temporal << " of picture "
          << frame.picture << " needs S" << needed->says.spatial << "T" << needed->says.temporal
          << " of " << needed->picture;
    }
  }

  void check_pair(const Received& one, const Received& other) const {
    const Packet& a = *one.packet;
    const Packet& b = *other.packet;
    const auto step = other.projected.sequence - one.projected.sequence;
    const auto ticks =
        static_cast<std::int32_t>(other.projected.timestamp - one.projected.timestamp);
    EXPECT_GE(ticks, 0) << "back";
    if (starts_.contains(other.projected.sequence)) {
      EXPECT_LE(step, 2U);
      return;
    }
    std::uint64_t between = 0;
    for (std::uint64_t i = a.source.sequence + 1; i < b.source.sequence; ++i) {
      if (frame_of_.at(i)->is_disturbed || left_late_.contains(i) || refused_.contains(i) ||
          forwarded_.contains(i))
        ++between;
    }
    EXPECT_LE(step, between + 1) << "a gap that the network has not caused";
    const int source_step = setting_.form == Form::kVp9
                                ? b.frame->picture - a.frame->picture
                                : static_cast<std::int16_t>(b.says.number - a.says.number);
    const unsigned modulus = setting_.form == Form::kVp9 ? 0x7FFF : 0xFFFF;
    EXPECT_EQ(static_cast<unsigned>(other.name - one.name) & modulus,
              static_cast<unsigned>(source_step) & modulus)
        << "they refer to each other by it";
  }

  // Nothing has changed for long.
  void check_end() {
    const Layer target = *subscription_.layers.target();
    const unsigned spatial = std::min<unsigned>(target.spatial, top_);
    const unsigned temporal = std::min<unsigned>(target.temporal, temporal_layers_ - 1);
    for (int i = pictures() - kCheckedPictures; i < pictures(); ++i) {
      for (const Frame* frame : by_picture_.at(i)) {
        const bool is_for_it = model_.indication(frame->says, spatial, temporal) != 0;
        EXPECT_EQ(is_whole(*frame), is_for_it)
            << "S" << frame->says.spatial << "T" << frame->says.temporal << " of picture " << i
            << ", who is to have S" << spatial << "T" << temporal;
      }
    }
    if (setting_.form == Form::kVp9) return;
    ASSERT_FALSE(told_.empty());
    EXPECT_EQ(told_.back().active, model_.targets_up_to(spatial, temporal));
  }

  struct Told {
    std::uint16_t number = 0;  // from this frame on
    std::uint32_t active = 0;  // decode targets
  };

  Prng prng_;
  Setting setting_;
  unsigned spatial_layers_;
  unsigned temporal_layers_;
  SvcModel model_;
  Subscription subscription_;
  StreamLayers layers_{false};
  DependencyStructure structure_;           // the server's
  DependencyStructure receiver_structure_;  // the receiver's
  unsigned top_;                            // that the publisher sends
  std::uint64_t sequence_;
  std::uint16_t number_;
  std::uint16_t picture_id_;
  std::uint32_t timestamp_;
  unsigned place_ = 0;
  std::uint32_t loss_percent_ = 0;
  std::uint32_t reorder_percent_ = 0;
  bool has_stops_ = false;
  bool has_room_ = true;
  bool is_keyframe_wanted_ = true;
  bool is_mask_new_ = false;
  bool has_been_disturbed_ = false;  // by the network
  bool is_asked_ = false;
  Timestamp now_ = kSecond;
  std::vector<std::unique_ptr<Frame>> frames_;
  std::map<int, std::vector<const Frame*>> by_picture_;
  std::array<std::array<const Frame*, 3>, 3> last_{};
  std::map<std::uint64_t, Frame*> frame_of_;
  std::map<std::uint64_t, Packet> on_the_way_;
  std::vector<std::unique_ptr<Packet>> packets_;
  std::map<std::uint64_t, Received> received_;
  std::set<std::uint64_t> starts_;
  std::uint64_t newest_ = 0;
  std::set<std::uint64_t> forwarded_;
  std::set<std::uint64_t> left_late_;
  std::set<std::uint64_t> refused_;  // came before their keyframe
  std::vector<Told> told_;
};

class SvcOracle : public testing::TestWithParam<Setting> {};

TEST_P(SvcOracle, RandomHistories) {
  for (std::uint64_t seed = 1; seed <= test::oracle_runs(); ++seed) {
    History(GetParam(), seed).run();
    if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Codecs, SvcOracle,
                         testing::Values(Setting{Form::kAv1, false}, Setting{Form::kAv1, true},
                                         Setting{Form::kVp9, false}, Setting{Form::kVp9, true}),
                         [](const testing::TestParamInfo<Setting>& test) {
                           return std::string(test.param.form == Form::kAv1 ? "Av1" : "Vp9") +
                                  (test.param.is_key ? "InKeySvc" : "InSvc");
                         });

}  // namespace
}  // namespace penstock::svc_oracle
