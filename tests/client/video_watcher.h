// A model of who decodes and looks at a received video stream that VideoModels made: which frames
// are whole, which of them could be decoded, for how long the picture stood still, and what a
// decoder would trip over although the network did nothing to it. In the order of the sequence
// numbers, as a jitter buffer has it; a frame is decoded once it is whole and the one it refers to
// was decoded, and what is older is given up then. Time is an argument; one stream each.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "dataplane/base/time.h"
#include "dataplane/rtp/payload/payload_info.h"
#include "tests/client/video_model.h"

namespace penstock::test {

class VideoWatcher {
 public:
  // Nothing was decoded for so long: browsers ask for a keyframe then.
  static constexpr Duration kKeyframeAfter = 3 * kSecond;
  // A timestamp may be ahead of the time between two frames by so much. Receivers wait for as long.
  static constexpr Duration kAheadMax = 100 * kMillisecond;

  struct Packet {
    std::uint64_t sequence = 0;  // extended
    std::uint32_t timestamp = 0;
    bool marker = false;
    std::span<const std::uint8_t> payload;  // without the watermark
  };

  // Each packet once, in any order.
  void take(const Packet& packet, Timestamp now);

  // True, and not again for a while: a browser would ask for a keyframe now.
  bool takes_keyframe_request(Timestamp now);

  // A frame that was decoded.
  struct Frame {
    Timestamp at = 0;
    FrameMark mark;
  };
  const std::vector<Frame>& decoded() const { return decoded_; }
  // What was wrong although no packet around it was missing: "picture id", "timestamp", ...; each
  // with how often.
  const std::map<std::string, std::size_t>& violations() const { return violations_; }
  std::size_t violation_count() const;

  // When the picture stood still up to `end`, or there was none yet: intervals between frames that
  // are longer than three usual ones and than a usual one and 150 ms (as getStats() counts
  // freezes).
  struct Freeze {
    Timestamp from = 0;
    Timestamp to = 0;
  };
  std::vector<Freeze> freezes(Timestamp begin, Timestamp end) const;

 private:
  struct Arrived {
    std::uint32_t timestamp = 0;
    bool marker = false;
    FrameMark mark;
    PayloadInfo info;
  };
  struct Whole {
    std::uint64_t first = 0;  // sequence
    std::uint64_t last = 0;
    Arrived start;
  };

  std::vector<Timestamp> shown() const;
  std::optional<Whole> whole_frame_at(std::uint64_t sequence) const;
  void decode_all(Timestamp now);
  bool can_decode(const Whole& frame) const;
  void decode(const Whole& frame, Timestamp now);
  void judge(const Whole& frame);

  std::map<std::uint64_t, Arrived> packets_;  // not before next_
  std::uint64_t next_ = 0;                    // behind what was decoded
  std::uint64_t judged_ = 0;                  // the first packet of the frame that was judged last
  std::optional<Whole> last_;
  std::map<std::uint32_t, std::set<std::uint32_t>> known_;  // frames of each encoding
  std::vector<Frame> decoded_;
  std::map<std::string, std::size_t> violations_;
  Timestamp asked_at_ = 0;
  Timestamp began_at_ = 0;
};

// How much of [from, to) they are.
Duration frozen(const std::vector<VideoWatcher::Freeze>& freezes, Timestamp from, Timestamp to);

}  // namespace penstock::test
