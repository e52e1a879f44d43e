// What comes of a stream in which layers: measured over the last second in buckets of a quarter,
// ranked by size, published as LayerRates. A publisher begins and stops layers as its bandwidth
// lets it, and lists encodings in any order; so it is what arrives that counts. Keyframes tell
// sizes; encodings of which they do not, or which are of one size, are compared by bit rate. State
// of a stream, on its owner's worker; time is an argument; called per packet of video.
//
// A row is an encoding of simulcast (RFC 8853) or a spatial layer of SVC. An encoding that itself
// has spatial layers counts as one row.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/time.h"
#include "dataplane/forward/layer_rates.h"
#include "dataplane/rtp/video_layers_allocation.h"

namespace penstock {

class StreamLayers {
 public:
  static constexpr Duration kBucket = kSilenceUnit;
  static constexpr std::size_t kBuckets = 4;
  // A row has stopped when nothing came of it for so long while others came,
  static constexpr Duration kStoppedAfter = kFallbackMax;
  // and while so many frames of each other came: at a frame a second that takes longer.
  static constexpr std::uint32_t kStoppedAfterFrames = 3;
  // What has stopped counts again only when it has come for so long: it may stop again.
  static constexpr Duration kReturnAfter = 2 * kSecond;

  // A packet that holds media.
  struct Packet {
    std::size_t row = 0;
    std::size_t temporal = 0;
    std::uint32_t timestamp = 0;
    std::size_t bytes = 0;
    std::uint32_t pixels = 0;  // of the picture that begins with it; 0: not known
    bool is_for_above = true;  // SVC: larger pictures need it
  };

  explicit StreamLayers(bool is_simulcast) : is_simulcast_(is_simulcast) {}

  void take(const Packet& packet, Timestamp now) {
    Row& row = rows_[packet.row];
    if (now - bucket_at_ >= kBucket || row.state != State::kComing ||
        (packet.pixels != 0 && packet.pixels != row.pixels)) [[unlikely]]
      change(packet, now);
    if (packet.timestamp != row.timestamp) {
      row.timestamp = packet.timestamp;
      row.frames_at = ++frames_;
    }
    row.last_at = now;
    row.bucket.take(packet);
  }
  // The publisher says that it sends no spatial layers above this one; what still comes of them
  // changes nothing. SVC.
  void stop_above(std::size_t spatial) {
    for (std::size_t row = spatial + 1; row < rows_.size(); ++row) {
      if (rows_[row].state == State::kComing || rows_[row].state == State::kReturning) [[unlikely]]
        stop(row);
    }
  }
  // What the publisher says that it sends; it came with a packet of this encoding, which tells
  // whose number among the streams the allocation's is. What it says it has stopped has, at once;
  // sizes are taken where pictures do not tell them, as those that are encrypted. That nothing is
  // sent leaves everything as it is.
  void announce(const VideoLayersAllocation& allocation, std::size_t encoding);
  // Nothing comes any more: rates are zero, what there is stays ranked.
  void silence();
  // The m-line has changed: what there was is forgotten.
  void restart(bool is_simulcast);

  // What receivers get at most, as the publisher's bitrate is limited (worker/publisher_limit.h).
  // What is above it is not published.
  void set_limit(Layer limit);
  Layer limit() const { return limit_; }

  // All that comes.
  const LayerRates& rates() const { return rates_; }
  const PublishedLayerRates& published() const { return published_; }
  // Of simulcast, whether none that comes is smaller than this encoding: also while nothing is
  // known.
  bool is_smallest(std::size_t encoding) const {
    return !is_simulcast_ || count_ == 0 || ranked_[0] == encoding;
  }
  std::uint32_t version() const { return rates_.version; }
  // SVC: the highest spatial layer that comes.
  std::size_t spatial_top() const { return count_ == 0 ? 0 : count_ - 1; }

 private:
  enum class State : std::uint8_t {
    kNeverCame,
    kComing,
    kStopped,
    kReturning,  // for less than kReturnAfter
  };
  using Bytes = std::array<std::uint32_t, kTemporalLayersMax>;
  struct Bucket {
    Bytes all{};
    Bytes for_above{};  // of them, what larger pictures need

    void take(const Packet& packet) {
      const auto bytes = static_cast<std::uint32_t>(packet.bytes);
      all[packet.temporal] += bytes;
      if (packet.is_for_above) for_above[packet.temporal] += bytes;
    }
  };
  struct Row {
    State state = State::kNeverCame;
    std::uint8_t silence = 0;  // in kSilenceUnits
    std::uint32_t timestamp = 0;
    std::uint32_t frames_at = 0;  // frames_ when its last one began
    std::uint32_t pixels = 0;
    Timestamp last_at = 0;
    Timestamp since = 0;  // it comes again
    Bucket bucket;        // that is being filled
    std::array<Bucket, kBuckets> full{};
    std::uint32_t full_count = 0;  // of them, since it came
  };

  void change(const Packet& packet, Timestamp now);
  // The publisher says that it has stopped this row.
  void stop(std::size_t row);
  bool announce_row(std::size_t row, bool is_active, std::uint32_t pixels);
  void fill_buckets(Timestamp now);
  void look_at(Row& row, Timestamp now);
  Duration silence_of(const Row& row, Timestamp now) const;
  bool is_larger(const Row& one, const Row& other) const;
  static std::uint32_t bps(const Row& row, std::size_t temporal,
                           Bytes Bucket::* bytes = &Bucket::all);
  void rank();
  void measure();
  void publish();

  bool is_simulcast_;
  std::uint32_t frames_ = 0;  // of all rows
  Timestamp bucket_at_ = 0;
  std::array<Row, kSpatialLayersMax> rows_{};
  std::array<std::uint8_t, kSpatialLayersMax> ranked_{};  // rows
  std::size_t count_ = 0;                                 // of them
  // Of simulcast the rows of the streams that allocations number.
  static constexpr std::uint8_t kNotKnown = 0xFF;
  std::array<std::uint8_t, VideoLayersAllocation::kStreamsMax> numbered_ = {kNotKnown, kNotKnown,
                                                                            kNotKnown, kNotKnown};
  Layer limit_ = kHighestLayer;
  LayerRates rates_;
  PublishedLayerRates published_;
};

}  // namespace penstock
