// When a stream sends how many packets. Large frames go out in parts, as WebRTC's pacers do it.
// Pure logic; time is an argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/time.h"

namespace penstock::load {

inline constexpr std::size_t kBurstPacketsMax = 32;

using Payload = std::vector<std::uint8_t>;

// Packets to send together, all of one frame.
struct Burst {
  Timestamp due_at = 0;
  std::size_t packets = 0;  // zero: nothing this time
  bool starts_frame = false;
  bool ends_frame = false;
  bool is_keyframe = false;
  std::span<const Payload> payloads;  // one for each packet; empty: the sender makes them up
};

class Schedule {
 public:
  virtual ~Schedule() = default;

  virtual Timestamp next_at() const = 0;
  // The burst that is due at next_at(); moves next_at() on.
  virtual Burst take() = 0;
  // Has an effect twice a second at most.
  virtual void request_keyframe() = 0;
  // Leaves out what was due before `now`: the sender could not keep up.
  virtual void skip_to(Timestamp now) = 0;
};

inline constexpr Duration kKeyframeInterval = 500 * kMillisecond;  // between two that are asked for

}  // namespace penstock::load
