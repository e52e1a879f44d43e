// One published m-line: an RTP stream as it comes in, and the lists of who receives it. Lives in a
// pool; made and destroyed on the control thread.
//
// Who touches what: `config` and `owner` are constant. `fan_out` and `clock` are published for all
// workers. `reception` belongs to the owner, the worker of the publisher's transport.
#pragma once

#include <cstdint>

#include "dataplane/api/dataplane.h"
#include "dataplane/forward/fan_out.h"
#include "dataplane/forward/keyframe_requester.h"
#include "dataplane/forward/media_clock.h"
#include "dataplane/rtp/reception_stats.h"

namespace penstock {

class Stream {
 public:
  Stream(const StreamConfig& stream_config, WorkerIndex owner_worker)
      : config(stream_config),
        owner(owner_worker),
        reception(codec_clock_hz(stream_config.codec)) {}

  bool is_video() const { return codec_kind(config.codec) == MediaKind::kVideo; }

  const StreamConfig config;
  const WorkerIndex owner;

  FanOut fan_out;
  MediaClock clock;

  struct Reception {
    explicit Reception(std::uint32_t clock_hz) : stats(clock_hz) {}

    std::uint32_t ssrc = 0;  // of the newest packet; meaningful once `stats` has started
    ReceptionStats stats;
    KeyframeRequester keyframes;
    Timestamp last_packet_at = 0;
    bool is_receiving = false;
  };
  alignas(64) Reception reception;
};

}  // namespace penstock
