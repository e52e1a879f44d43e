// Who of a room speaks: the dominant speaker, whom pages show large. After Volfin and Cohen
// ("Dominant speaker identification for multipoint videoconferencing", 2013), who compare how much
// each says at three scales: now, in the last tenth of a second and in the last second. Another one
// takes over who says more than the dominant speaker at all three, and has spoken for half of the
// last second: so nobody loses the place by a pause, and nobody gets it by a cough. In silence the
// last one stays.
//
// Levels are compared with the speaker's own noise, the softest of the last seconds: microphones
// differ. State of a room; pure; control thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "controlplane/media/media.h"
#include "dataplane/base/time.h"

namespace penstock::room {

// How much one speaker says.
class SpeechActivity {
 public:
  // Packets that speak are louder than this,
  static constexpr std::uint8_t kLoudnessMin = 77;
  // and as much louder than the noise; which is no louder than this.
  static constexpr std::uint8_t kAboveNoiseMin = 12;
  static constexpr std::uint8_t kNoiseMax = 90;
  static constexpr Duration kNoiseWindow = 15 * kSecond;

  static constexpr unsigned kNowMax = 13;         // steps above the noise,
  static constexpr std::uint8_t kStepDb = 3;      // of so much
  static constexpr unsigned kIntervalMax = 5;     // fifths of the interval that speak
  static constexpr unsigned kActiveInterval = 4;  // as many, and the interval does
  static constexpr unsigned kSecondMax = 10;      // intervals of the last second

  // An interval is over: what has come in it.
  void take(const RecentLevels& levels, bool is_muted, Timestamp now);

  // Of kNowMax, kIntervalMax and kSecondMax.
  unsigned now() const { return now_; }
  unsigned in_interval() const { return in_interval_; }
  unsigned in_second() const;

 private:
  std::uint8_t noise() const;
  void listen_to_noise(std::uint8_t loudness, Timestamp now);

  unsigned now_ = 0;
  unsigned in_interval_ = 0;
  std::uint16_t intervals_ = 0;  // a bit for each, the newest lowest: whether it speaks
  bool is_known_ = false;        // something has been taken
  std::uint8_t count_ = 0;       // of its packets, at the last interval
  // The softest of this half of the window, and of the one before.
  std::array<std::uint8_t, 2> softest_{kLoudnessMax, kLoudnessMax};
  Timestamp half_ends_at_ = 0;
};

class DominantSpeaker {
 public:
  static constexpr Duration kInterval = 100 * kMillisecond;
  // Who becomes it speaks in so many intervals of the last second.
  static constexpr unsigned kSecondMin = 5;
  // How much more the logarithms of the likelihoods of speech have to be than the dominant
  // speaker's, at each scale.
  static constexpr double kNowMargin = 3;
  static constexpr double kIntervalMargin = 2;
  static constexpr double kSecondMargin = 0.5;  // with 0 two at once would take turns

  struct Heard {
    StreamHandle stream;
    RecentLevels levels;
    bool is_muted = false;  // it is not heard, whatever it says
  };

  // An interval is over: these are all the streams of audio that there are now; others are
  // forgotten. True if it is another speaker than before.
  bool update(std::span<const Heard> heard, Timestamp now);

  // Nobody before somebody has spoken, and when who it was is gone.
  std::optional<StreamHandle> current() const { return current_; }

 private:
  struct Speaker {
    SpeechActivity speech;
    Timestamp heard_at = 0;
  };

  std::map<StreamHandle, Speaker> speakers_;
  std::optional<StreamHandle> current_;
};

}  // namespace penstock::room
