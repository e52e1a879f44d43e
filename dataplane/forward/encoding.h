// One encoding of a publisher's m-line: the RTP stream in which its picture comes in one size, or
// the only one there is. With simulcast (RFC 8853) a stream has several, each received, reported on
// and repaired by itself. State of a stream, on its owner's worker.
#pragma once

#include "dataplane/forward/media_clock.h"
#include "dataplane/forward/reception.h"

namespace penstock {

struct Encoding {
  Encoding(Codec codec, bool asks_again) : reception(codec, asks_again) {}

  Reception reception;
  // What its last sender report said; `source`: Reception::source of that time, 0 if there was
  // none.
  MediaClock::Reading report;
};

}  // namespace penstock
