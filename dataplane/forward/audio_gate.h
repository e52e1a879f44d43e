// How loud a stream of audio is, and whether it goes further in a room of which only the loudest
// few are heard. The worker of the publisher measures by the levels of the packets (RFC 6464); the
// control thread compares all streams of a room ten times a second, and says for each how loud it
// has to be. A packet that is as loud as that goes further at once, without waiting for the next
// comparison, so that no first syllable is lost; for as long more streams may be heard than the
// room wants. State of a stream; two words are for both threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dataplane/api/rtp_report.h"
#include "dataplane/base/time.h"

namespace penstock {

class AudioGate {
 public:
  // Who was loud enough goes on for so long: between two words nobody is cut off.
  static constexpr Duration kHold = 300 * kMillisecond;
  // How fast a peak is forgotten: in a pause between two words somebody else may be louder.
  static constexpr std::int64_t kDecayDbPerSecond = 40;

  // The worker: a packet of this level, in -dBov, has come. True if it goes further.
  bool take(std::uint8_t level, Timestamp now) {
    const std::int64_t forgotten = (now - heard_at_) * kDecayDbPerSecond / kSecond;
    const std::int64_t remembered = std::max<std::int64_t>(loudness_ - forgotten, 0);
    const std::uint8_t loudness = loudness_of(level);
    if (loudness >= remembered) {
      loudness_ = loudness;
      heard_at_ = now;
    }
    heard_.set({.loudness = static_cast<std::uint8_t>(std::max<std::int64_t>(loudness, remembered)),
                .at = now});
    if (loudness >= gate_.get()) open_until_ = now + kHold;
    return now < open_until_;
  }

  // The control thread: what was heard last, and how loud it has to be from now on; 0: everything
  // goes further, as at the beginning.
  HeardAudio heard() const { return heard_.get(); }
  void set_gate(std::uint8_t loudness) { gate_.set(loudness); }

 private:
  std::uint8_t loudness_ = 0;  // of a peak
  Timestamp heard_at_ = 0;     // of that
  Timestamp open_until_ = 0;
  PublishedHeardAudio heard_;
  Published<std::uint8_t> gate_;
};

}  // namespace penstock
