#include "controlplane/room/dominant_speaker.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace penstock::room {
namespace {

// The logarithm of how much likelier `active` of `count` units make it that somebody speaks, for
// each number of them: units are active by chance half of the time, the number of those of speech
// is distributed exponentially (`rate`).
template <std::size_t kCount>
std::array<double, kCount + 1> likelihoods(double rate) {
  constexpr double kLeast = 1e-10;
  std::array<double, kCount + 1> logarithms{};
  double choices = 1;  // of so many units out of all
  for (std::size_t active = 0; active <= kCount; ++active) {
    const auto units = static_cast<double>(active);
    const double score = std::log(choices) + static_cast<double>(kCount) * std::log(0.5) -
                         std::log(rate) + rate * units;
    logarithms[active] = std::log(std::max(score, kLeast));
    choices = choices * (static_cast<double>(kCount) - units) / (units + 1);
  }
  return logarithms;
}

struct Scores {
  double now = 0;
  double in_interval = 0;
  double in_second = 0;
};

// The rates are those that other implementations have.
Scores scores_of(const SpeechActivity& speech) {
  static const auto kNow = likelihoods<SpeechActivity::kNowMax>(0.78);
  static const auto kInterval = likelihoods<SpeechActivity::kIntervalMax>(24);
  static const auto kSecond = likelihoods<SpeechActivity::kSecondMax>(47);
  return {.now = kNow[speech.now()],
          .in_interval = kInterval[speech.in_interval()],
          .in_second = kSecond[speech.in_second()]};
}

bool says_more(const Scores& other, const Scores& dominant) {
  return other.now - dominant.now > DominantSpeaker::kNowMargin &&
         other.in_interval - dominant.in_interval > DominantSpeaker::kIntervalMargin &&
         other.in_second - dominant.in_second > DominantSpeaker::kSecondMargin;
}

}  // namespace

void SpeechActivity::take(const RecentLevels& levels, bool is_muted, Timestamp now) {
  unsigned packets = 0;
  unsigned speaking = 0;
  std::uint8_t newest = 0;
  const auto add = [&](std::uint8_t loudness) {
    listen_to_noise(loudness, now);
    newest = loudness;
    ++packets;
    if (loudness >= std::max<int>(kLoudnessMin, noise() + kAboveNoiseMin)) ++speaking;
  };
  // What came before anybody asked is of no known time.
  if (is_known_ && !is_muted) levels.for_each_after(count_, add);
  is_known_ = true;
  count_ = levels.count();
  const unsigned above_noise = newest > noise() ? newest - unsigned{noise()} : 0;
  now_ = newest < kLoudnessMin ? 0 : std::min(above_noise / kStepDb, kNowMax);
  in_interval_ = packets == 0 ? 0 : (speaking * kIntervalMax + packets / 2) / packets;
  intervals_ = static_cast<std::uint16_t>(intervals_ << 1 | (in_interval_ >= kActiveInterval));
}

unsigned SpeechActivity::in_second() const {
  return static_cast<unsigned>(std::popcount(intervals_ & ((1U << kSecondMax) - 1)));
}

std::uint8_t SpeechActivity::noise() const {
  return std::min(std::ranges::min(softest_), kNoiseMax);
}

void SpeechActivity::listen_to_noise(std::uint8_t loudness, Timestamp now) {
  if (now >= half_ends_at_) {
    half_ends_at_ = now + kNoiseWindow / 2;
    softest_ = {kLoudnessMax, softest_[0]};
  }
  softest_[0] = std::min(softest_[0], loudness);
}

bool DominantSpeaker::update(std::span<const Heard> heard, Timestamp now) {
  for (const Heard& one : heard) {
    Speaker& speaker = speakers_[one.stream];
    speaker.speech.take(one.levels, one.is_muted, now);
    speaker.heard_at = now;
  }
  std::erase_if(speakers_, [&](const auto& entry) { return entry.second.heard_at != now; });
  if (current_ && !speakers_.contains(*current_)) current_.reset();

  // Silence says the least.
  const Scores dominant = scores_of(current_ ? speakers_.at(*current_).speech : SpeechActivity{});
  std::optional<StreamHandle> next;
  unsigned next_in_second = kSecondMin - 1;
  for (const auto& [stream, speaker] : speakers_) {
    const unsigned in_second = speaker.speech.in_second();
    if (in_second <= next_in_second || !says_more(scores_of(speaker.speech), dominant)) continue;
    next = stream;
    next_in_second = in_second;
  }
  if (next) current_ = next;
  return next.has_value();
}

}  // namespace penstock::room
