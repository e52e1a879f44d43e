#include "tests/client/video_watcher.h"

#include <algorithm>

namespace penstock::test {
namespace {

constexpr Duration kUsualIntervalAtFirst = 33 * kMillisecond;
// Over how many intervals the usual one is the mean.
constexpr std::size_t kUsualOf = 30;
// The jitter buffer waits for as long as all but one in so many of the last frames took, within a
// limit.
constexpr std::size_t kHeldBackOf = 200;
constexpr std::size_t kLateOneIn = 50;
constexpr Duration kHeldBackMax = 500 * kMillisecond;

}  // namespace

void VideoWatcher::take(const Packet& packet, Timestamp now) {
  if (began_at_ == 0) began_at_ = asked_at_ = now;
  const auto mark = read_frame_mark(packet.payload);
  const auto info = describe_payload(Codec::kVp8, packet.payload, packet.marker);
  if (!mark || !info) {
    // Nothing but padding is what fills a number that has no packet.
    if (!packet.payload.empty()) ++violations_["payload"];
    return;
  }
  if (packet.sequence < next_) return;  // given up
  packets_[packet.sequence] = {packet.timestamp, packet.marker, *mark, *info};
  decode_all(now);
}

// The frame whose first packet this is, if all of it is there.
std::optional<VideoWatcher::Whole> VideoWatcher::whole_frame_at(std::uint64_t sequence) const {
  auto found = packets_.find(sequence);
  if (found == packets_.end() || found->second.mark.packet != 0) return std::nullopt;
  Whole whole{.first = sequence, .last = sequence, .start = found->second};
  const std::uint32_t frame = whole.start.mark.frame;
  for (; found != packets_.end() && found->first == whole.last; ++found, ++whole.last) {
    if (found->second.mark.frame != frame) return std::nullopt;
    if (found->second.marker) return whole;
  }
  return std::nullopt;
}

bool VideoWatcher::can_decode(const Whole& frame) const {
  const FrameMark& mark = frame.start.mark;
  if (mark.is_keyframe()) return true;
  const auto frames = known_.find(mark.encoding);
  // A picture of another size than the keyframe's cannot be decoded by it.
  if (!last_ || last_->start.mark.encoding != mark.encoding) return false;
  return frames != known_.end() && frames->second.contains(mark.reference);
}

void VideoWatcher::decode_all(Timestamp now) {
  for (auto it = packets_.begin(); it != packets_.end();) {
    const auto whole = it->second.mark.packet == 0 ? whole_frame_at(it->first) : std::nullopt;
    if (!whole) {
      ++it;
      continue;
    }
    const bool is_next = last_ && whole->first == last_->last + 1;
    if (is_next) judge(*whole);
    if (!can_decode(*whole)) {
      it = packets_.upper_bound(whole->last);
      continue;
    }
    decode(*whole, now);
    it = packets_.erase(packets_.begin(), packets_.upper_bound(whole->last));
  }
}

void VideoWatcher::decode(const Whole& frame, Timestamp now) {
  const FrameMark& mark = frame.start.mark;
  auto& frames = known_[mark.encoding];
  if (mark.is_keyframe()) frames.clear();
  frames.insert(mark.frame);
  if (frames.size() > 64) frames.erase(frames.begin());
  decoded_.push_back({now, mark});
  last_ = frame;
  next_ = frame.last + 1;
}

// The frame follows the last one that was decoded, and nothing is missing between them.
void VideoWatcher::judge(const Whole& frame) {
  if (frame.first == judged_) return;
  judged_ = frame.first;
  const Arrived& before = last_->start;
  const Arrived& now = frame.start;
  if (!can_decode(frame)) ++violations_["undecodable"];
  if (before.info.has_picture_id && now.info.has_picture_id) {
    const std::uint32_t bits = now.info.is_picture_id_15_bit ? 0x7FFF : 0x7F;
    if (((before.info.picture_id + 1U) & bits) != now.info.picture_id) ++violations_["picture id"];
  }
  if (before.info.has_tl0_picture_index && now.info.has_tl0_picture_index) {
    const bool is_base = now.info.temporal_layer == 0;
    const auto expected =
        static_cast<std::uint8_t>(before.info.tl0_picture_index + (is_base ? 1 : 0));
    if (now.info.tl0_picture_index != expected) ++violations_["TL0PICIDX"];
  }
  const auto step = static_cast<std::int32_t>(now.timestamp - before.timestamp);
  if (step <= 0) ++violations_["timestamp backward"];
  const std::int64_t captured_ms =
      std::int64_t{now.mark.captured_ms} - std::int64_t{before.mark.captured_ms};
  const Duration ahead =
      (std::int64_t{step} - std::max<std::int64_t>(captured_ms, 0) * 90) * kSecond / 90'000;
  if (now.mark.captured_ms != 0 && ahead > kAheadMax) ++violations_["timestamp ahead"];
}

bool VideoWatcher::takes_keyframe_request(Timestamp now) {
  if (began_at_ == 0) return false;
  const Timestamp last = decoded_.empty() ? began_at_ : decoded_.back().at;
  if (now - std::max(last, asked_at_) < kKeyframeAfter) return false;
  asked_at_ = now;
  return true;
}

std::size_t VideoWatcher::violation_count() const {
  std::size_t count = 0;
  for (const auto& [what, times] : violations_) count += times;
  return count;
}

// A jitter buffer holds frames back, so that most of those that had to be waited for are in time.
std::vector<Timestamp> VideoWatcher::shown() const {
  std::vector<Timestamp> shown;
  std::deque<Duration> delays;  // of the last frames, from capture to decoding
  for (const Frame& frame : decoded_) {
    const Timestamp captured = Timestamp{frame.mark.captured_ms} * kMillisecond;
    delays.push_back(frame.at - captured);
    if (delays.size() > kHeldBackOf) delays.pop_front();
    std::vector<Duration> sorted(delays.begin(), delays.end());
    std::ranges::sort(sorted);
    const Duration usual = sorted[sorted.size() - 1 - sorted.size() / kLateOneIn];
    const Timestamp due = captured + std::min(usual, sorted.front() + kHeldBackMax);
    shown.push_back(std::max({frame.at, due, shown.empty() ? 0 : shown.back()}));
  }
  return shown;
}

std::vector<VideoWatcher::Freeze> VideoWatcher::freezes(Timestamp begin, Timestamp end) const {
  std::vector<Timestamp> shown_at = shown();
  shown_at.push_back(end);
  std::vector<Freeze> freezes;
  if (shown_at.front() > begin) freezes.push_back({begin, shown_at.front()});
  std::deque<Duration> recent;
  Duration sum = 0;
  for (std::size_t i = 0; i + 1 < shown_at.size(); ++i) {
    const Duration interval = shown_at[i + 1] - shown_at[i];
    const Duration usual =
        recent.empty() ? kUsualIntervalAtFirst : sum / static_cast<Duration>(recent.size());
    if (interval > std::max(3 * usual, usual + 150 * kMillisecond)) {
      freezes.push_back({shown_at[i], shown_at[i + 1]});
      continue;
    }
    recent.push_back(interval);
    sum += interval;
    if (recent.size() <= kUsualOf) continue;
    sum -= recent.front();
    recent.pop_front();
  }
  return freezes;
}

Duration frozen(const std::vector<VideoWatcher::Freeze>& freezes, Timestamp from, Timestamp to) {
  Duration sum = 0;
  for (const VideoWatcher::Freeze& freeze : freezes)
    sum += std::max<Duration>(std::min(freeze.to, to) - std::max(freeze.from, from), 0);
  return sum;
}

}  // namespace penstock::test
