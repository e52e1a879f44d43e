// One published m-line: an RTP stream as it comes in, and the lists of who receives it. Lives in a
// pool; made and destroyed on the control thread.
//
// Who touches what: `config` and `owner` are constant. `fan_out` and `clock` are published for all
// workers. `reception` belongs to the owner, the worker of the publisher's transport.
#pragma once

#include <cstdint>

#include "dataplane/api/dataplane.h"
#include "dataplane/forward/fan_out.h"
#include "dataplane/forward/media_clock.h"
#include "dataplane/forward/reception.h"

namespace penstock {

class Stream {
 public:
  Stream(const StreamConfig& stream_config, WorkerIndex owner_worker)
      : config(stream_config),
        owner(owner_worker),
        reception(stream_config.codec, stream_config.has_nack) {}

  bool is_video() const { return codec_kind(config.codec) == MediaKind::kVideo; }

  const StreamConfig config;
  const WorkerIndex owner;

  FanOut fan_out;
  MediaClock clock;

  alignas(64) Reception reception;
};

}  // namespace penstock
