#include "dataplane/forward/encoding_selector.h"

namespace penstock {

bool EncodingSelector::take(const Packet& packet, Timestamp now) {
  State& state = states_[packet.encoding];
  const bool is_newest =
      !state.has_come || packet.source != state.source || packet.sequence > state.newest;
  if (is_newest) note(state, packet, now);
  if (selected_ == packet.encoding) {
    if (is_newest) {
      for (State& other : states_) other.frames_ahead = 0;
    }
    return true;
  }
  // An older keyframe would begin with what is not forwarded any more.
  if (!packet.is_keyframe_start || !is_newest) return false;
  if (selected_ && !is_better(packet.encoding, now)) return false;
  select(packet.encoding);
  return true;
}

void EncodingSelector::note(State& state, const Packet& packet, Timestamp now) {
  if (!state.has_come || now - state.last_at > kEndedAfter) {
    state.since = state.period_at = now;
    state.period_bytes = 0;
  }
  if (!state.has_come || packet.timestamp != state.timestamp) ++state.frames_ahead;
  state.has_come = true;
  state.source = packet.source;
  state.newest = packet.sequence;
  state.timestamp = packet.timestamp;
  state.last_at = now;
  if (packet.pixels != 0) state.pixels = packet.pixels;
  state.period_bytes += packet.bytes;
  if (const Duration elapsed = now - state.period_at; elapsed >= kSecond) {
    const auto elapsed_us = static_cast<std::uint64_t>(elapsed / kMicrosecond);
    state.bytes_per_s = state.period_bytes * 1'000'000 / elapsed_us;
    state.period_at = now;
    state.period_bytes = 0;
  }
}

bool EncodingSelector::is_coming(std::size_t encoding, Timestamp now) const {
  return states_[encoding].has_come && now - states_[encoding].last_at <= kEndedAfter;
}

bool EncodingSelector::is_larger(std::size_t one, std::size_t other) const {
  const State& a = states_[one];
  const State& b = states_[other];
  if (a.pixels != 0 && b.pixels != 0 && a.pixels != b.pixels) return a.pixels > b.pixels;
  // By a quarter, so that two of about one rate are not changed between.
  return b.bytes_per_s != 0 && a.bytes_per_s > b.bytes_per_s + b.bytes_per_s / 4;
}

bool EncodingSelector::has_stopped(std::size_t encoding, Timestamp now) const {
  if (now - states_[encoding].last_at < kStoppedAfter) return false;
  for (std::size_t i = 0; i < count_; ++i) {
    if (i != encoding && states_[i].frames_ahead >= kStoppedAfterFrames) return true;
  }
  return false;
}

// Than the one that is selected.
bool EncodingSelector::is_better(std::size_t encoding, Timestamp now) const {
  if (!is_coming(encoding, now)) return false;
  if (has_stopped(*selected_, now)) return true;
  const State& state = states_[encoding];
  return is_larger(encoding, *selected_) &&
         (!state.has_stopped || now - state.since >= kReturnAfter);
}

std::optional<std::size_t> EncodingSelector::wanted(Timestamp now) const {
  if (!selected_) return std::nullopt;
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < count_; ++i) {
    if (i == *selected_ || !is_better(i, now)) continue;
    if (!best || is_larger(i, *best)) best = i;
  }
  return best;
}

void EncodingSelector::select(std::size_t encoding) {
  // Left for a larger one it has not stopped, and may be gone back to at once.
  if (selected_ && !is_larger(encoding, *selected_)) states_[*selected_].has_stopped = true;
  selected_ = encoding;
  for (State& state : states_) state.frames_ahead = 0;
}

}  // namespace penstock
