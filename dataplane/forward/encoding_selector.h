// Which encoding of a simulcast stream is forwarded: the one with the largest picture, of those
// that come. A publisher begins and stops encodings as its bandwidth lets it, and lists them in any
// order; so it is what arrives that counts. Keyframes tell the sizes; encodings of which they do
// not, or which are of one size, are compared by bit rate. Every change is made at a keyframe of
// the encoding that is changed to, which the worker asks for. State of one stream, on its owner's
// worker; time is an argument; called per packet, of streams with several encodings only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"

namespace penstock {

class EncodingSelector {
 public:
  // The selected encoding has stopped when nothing came of it for so long while others came.
  static constexpr Duration kStoppedAfter = kSecond;
  // And while at least so many frames of another came: at a frame a second that takes longer.
  static constexpr std::uint32_t kStoppedAfterFrames = 3;
  // What has stopped is gone back to only when it has come for so long: it may stop again.
  static constexpr Duration kReturnAfter = 2 * kSecond;
  // An encoding of which nothing came for so long has ended, and begins anew.
  static constexpr Duration kEndedAfter = 2 * kSecond;

  // A packet that holds media.
  struct Packet {
    std::size_t encoding = 0;
    std::uint32_t source = 0;    // Reception::source: with each the sequence begins anew
    std::uint64_t sequence = 0;  // extended
    std::uint32_t timestamp = 0;
    std::size_t bytes = 0;
    bool is_keyframe_start = false;
    std::uint64_t pixels = 0;  // of a keyframe's picture; 0: not known
  };

  explicit EncodingSelector(std::size_t count) : count_(count) {}

  // True if the packet is to be forwarded.
  bool take(const Packet& packet, Timestamp now);

  // The one that is forwarded; empty before the first keyframe.
  std::optional<std::size_t> selected() const { return selected_; }
  // The one that should be, and of which a keyframe is needed for that; empty if there is none.
  std::optional<std::size_t> wanted(Timestamp now) const;

 private:
  struct State {
    Timestamp since = 0;  // it comes without a pause of kEndedAfter
    Timestamp last_at = 0;
    bool has_come = false;
    bool has_stopped = false;  // while it was selected
    std::uint32_t source = 0;
    std::uint64_t newest = 0;  // sequence of the source
    std::uint32_t timestamp = 0;
    std::uint32_t frames_ahead = 0;  // since the selected one's last packet
    std::uint64_t pixels = 0;
    // Bit rate, by periods of a second.
    Timestamp period_at = 0;
    std::uint64_t period_bytes = 0;
    std::uint64_t bytes_per_s = 0;  // in the last one; 0: not known
  };

  void note(State& state, const Packet& packet, Timestamp now);
  bool is_coming(std::size_t encoding, Timestamp now) const;
  bool is_larger(std::size_t one, std::size_t other) const;
  bool has_stopped(std::size_t encoding, Timestamp now) const;
  bool is_better(std::size_t encoding, Timestamp now) const;
  void select(std::size_t encoding);

  std::size_t count_;
  std::optional<std::size_t> selected_;
  std::array<State, kEncodingsMax> states_{};
};

}  // namespace penstock
