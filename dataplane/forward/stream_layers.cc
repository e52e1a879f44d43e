#include "dataplane/forward/stream_layers.h"

#include <algorithm>
#include <numeric>
#include <span>

namespace penstock {

// Called four times a second, and when a packet says something new.
void StreamLayers::change(const Packet& packet, Timestamp now) {
  fill_buckets(now);
  Row& row = rows_[packet.row];
  if (row.state == State::kNeverCame || row.state == State::kStopped) {
    const bool is_first = row.state == State::kNeverCame;
    row.state = is_first ? State::kComing : State::kReturning;
    row.since = now;
    row.full_count = 0;
    row.full = {};
    row.bucket = {};
    row.bucket.all[packet.temporal] = 1;  // what there is must not seem to cost nothing
  }
  if (packet.pixels != 0) row.pixels = packet.pixels;
  row.last_at = now;
  row.frames_at = frames_;
  for (Row& other : rows_) look_at(other, now);
  rank();
  measure();
}

void StreamLayers::stop(std::size_t row) {
  rows_[row].state = State::kStopped;
  rank();
  measure();
}

void StreamLayers::announce(const VideoLayersAllocation& allocation, std::size_t encoding) {
  if (!allocation.has_active()) return;
  if (is_simulcast_) numbered_[allocation.stream_index] = static_cast<std::uint8_t>(encoding);
  bool has_changed = false;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (!is_simulcast_) {
      const bool is_active = (allocation.active[0] >> i & 1U) != 0;
      has_changed = announce_row(i, is_active, i == 0 ? allocation.pixels[0] : 0) || has_changed;
    } else if (i < allocation.stream_count && numbered_[i] != kNotKnown) {
      const bool is_active = allocation.active[i] != 0;
      has_changed = announce_row(numbered_[i], is_active, allocation.pixels[i]) || has_changed;
    }
  }
  if (!has_changed) return;
  rank();
  measure();
}

// Returns whether that is news.
bool StreamLayers::announce_row(std::size_t row, bool is_active, std::uint32_t pixels) {
  Row& of = rows_[row];
  if (of.state != State::kComing && of.state != State::kReturning) return false;
  if (!is_active) {
    of.state = State::kStopped;
    return true;
  }
  if (of.pixels != 0 || pixels == 0) return false;
  of.pixels = pixels;
  return true;
}

void StreamLayers::fill_buckets(Timestamp now) {
  if (now - bucket_at_ > kBucket * static_cast<Duration>(kBuckets + 1))
    bucket_at_ = now - kBucket * static_cast<Duration>(kBuckets + 1);
  for (; now - bucket_at_ >= kBucket; bucket_at_ += kBucket) {
    for (Row& row : rows_) {
      std::ranges::rotate(row.full, row.full.end() - 1);
      row.full.front() = row.bucket;
      row.bucket = {};
      row.full_count = std::min<std::uint32_t>(row.full_count + 1, kBuckets);
    }
  }
}

void StreamLayers::look_at(Row& row, Timestamp now) {
  if (row.state == State::kReturning && now - row.since >= kReturnAfter) row.state = State::kComing;
  const Duration silence = silence_of(row, now);
  row.silence = static_cast<std::uint8_t>(std::min(silence, kStoppedAfter) / kSilenceUnit);
  if ((row.state == State::kComing || row.state == State::kReturning) && silence >= kStoppedAfter)
    row.state = State::kStopped;
}

// For how long nothing has come of the row; none while others wait for their next frames as well.
Duration StreamLayers::silence_of(const Row& row, Timestamp now) const {
  const Duration silence = now - row.last_at;
  if (silence < kSilenceUnit) return 0;
  const auto others = std::ranges::count_if(rows_, [&](const Row& other) {
    return &other != &row && (other.state == State::kComing || other.state == State::kReturning) &&
           now - other.last_at < kStoppedAfter;
  });
  const bool is_others_turn =
      frames_ - row.frames_at < kStoppedAfterFrames * static_cast<std::uint32_t>(others);
  return others == 0 || is_others_turn ? 0 : silence;
}

// Of two rows of simulcast that come.
bool StreamLayers::is_larger(const Row& one, const Row& other) const {
  if (one.pixels != 0 && other.pixels != 0 && one.pixels != other.pixels)
    return one.pixels > other.pixels;
  const std::uint64_t one_bps = bps(one, kTemporalLayersMax - 1);
  const std::uint64_t other_bps = bps(other, kTemporalLayersMax - 1);
  // By a quarter, so that two of about one rate do not change places.
  return one_bps > other_bps + other_bps / 4;
}

// With the temporal layers below.
std::uint32_t StreamLayers::bps(const Row& row, std::size_t temporal, Bytes Bucket::* bytes_of) {
  const auto sum = [&](const Bucket& bucket) {
    const Bytes& each = bucket.*bytes_of;
    return std::accumulate(each.begin(), each.begin() + static_cast<std::ptrdiff_t>(temporal) + 1,
                           std::uint64_t{0});
  };
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < row.full_count; ++i) bytes += sum(row.full[i]);
  // Of what has only just begun as if it went on like this.
  if (row.full_count == 0) bytes = sum(row.bucket);
  const std::uint64_t buckets = std::max<std::uint64_t>(row.full_count, 1);
  constexpr std::uint64_t kBucketsPerSecond = kSecond / kBucket;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(bytes * 8 * kBucketsPerSecond / buckets, 0xFFFF'FFFF));
}

// Those that come; if none does for long enough, those that have only just returned. Rows keep
// their places unless one is clearly larger.
void StreamLayers::rank() {
  const bool any_comes = std::ranges::count(rows_, State::kComing, &Row::state) != 0;
  const State counted = any_comes ? State::kComing : State::kReturning;
  const auto is_counted = [&](std::uint8_t row) { return rows_[row].state == counted; };
  const auto before = ranked_;
  const std::size_t count_before = count_;
  std::size_t count = 0;
  for (std::size_t i = 0; i < count_before; ++i) {
    if (is_counted(before[i])) ranked_[count++] = before[i];
  }
  for (std::uint8_t row = 0; row < kSpatialLayersMax; ++row) {
    const auto so_far = std::span(ranked_).first(count);
    if (is_counted(row) && std::ranges::find(so_far, row) == so_far.end()) ranked_[count++] = row;
  }
  for (std::size_t i = 1; i < count; ++i) {
    for (std::size_t k = i; k > 0; --k) {
      const bool is_in_order = is_simulcast_ ? !is_larger(rows_[ranked_[k - 1]], rows_[ranked_[k]])
                                             : ranked_[k - 1] < ranked_[k];
      if (is_in_order) break;
      std::swap(ranked_[k - 1], ranked_[k]);
    }
  }
  // Of spatial layers none is of use without those below it.
  for (std::size_t i = 0; !is_simulcast_ && i < count; ++i) {
    if (ranked_[i] != i) count = i;
  }
  count_ = count;
}

void StreamLayers::measure() {
  LayerRates next{.spatial = {}, .count = count_, .version = rates_.version};
  Bytes below{};
  for (std::size_t rank = 0; rank < count_; ++rank) {
    const Row& row = rows_[ranked_[rank]];
    LayerRates::Spatial& to = next.spatial[rank];
    to.encoding = is_simulcast_ ? ranked_[rank] : std::uint8_t{0};
    to.pixels = row.pixels;
    to.silence = is_simulcast_ ? row.silence : std::uint8_t{0};
    for (std::size_t i = 0; i < kTemporalLayersMax; ++i) {
      const bool comes = i == 0 || bps(row, i) != bps(row, i - 1);
      if (!comes) break;
      to.bps[i] = bps(row, i) + below[i];
    }
    for (std::size_t i = 0; !is_simulcast_ && i < kTemporalLayersMax; ++i)
      below[i] += bps(row, i, &Bucket::for_above);
  }
  const auto is_other = [](const LayerRates::Spatial& one, const LayerRates::Spatial& other) {
    return one.encoding != other.encoding || one.pixels != other.pixels ||
           one.silence != other.silence ||
           std::ranges::count(one.bps, 0U) != std::ranges::count(other.bps, 0U);
  };
  bool has_changed = next.count != rates_.count;
  for (std::size_t rank = 0; rank < count_; ++rank)
    has_changed = has_changed || is_other(next.spatial[rank], rates_.spatial[rank]);
  if (has_changed) ++next.version;
  rates_ = next;
  publish();
}

void StreamLayers::publish() {
  LayerRates within = rates_;
  within.count = std::min<std::size_t>(within.count, limit_.spatial + 1U);
  for (LayerRates::Spatial& spatial : within.spatial) {
    for (std::size_t i = limit_.temporal + 1U; i < kTemporalLayersMax; ++i) spatial.bps[i] = 0;
  }
  published_.set(within);
}

void StreamLayers::set_limit(Layer limit) {
  if (limit_ == limit) return;
  limit_ = limit;
  ++rates_.version;
  publish();
}

void StreamLayers::restart(bool is_simulcast) {
  is_simulcast_ = is_simulcast;
  limit_ = kHighestLayer;
  rows_ = {};
  numbered_.fill(kNotKnown);
  count_ = 0;
  rates_ = {.spatial = {}, .count = 0, .version = rates_.version + 1};
  publish();
}

void StreamLayers::silence() {
  for (Row& row : rows_) {
    row.bucket = {};
    row.full = {};
  }
  for (LayerRates::Spatial& spatial : rates_.spatial) spatial.bps = {};
  publish();
}

}  // namespace penstock
