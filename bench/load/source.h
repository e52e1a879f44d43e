// The streams of all publishers, as both ends of the load see them: the sender numbers their
// packets, the receiver compares. Their place in the table is what payload marks have. Part of the
// run; one thread.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "bench/load/stream_stats.h"
#include "dataplane/rtp/media_types.h"

namespace penstock::load {

struct Source {
  MediaKind kind = MediaKind::kAudio;
  std::uint64_t next_number = 0;
  NumberWindow window;  // what is measured

  std::uint32_t clock_hz() const { return kind == MediaKind::kVideo ? 90'000 : 48'000; }
};

using SourceTable = std::vector<Source>;

inline void open_windows(SourceTable& sources) {
  for (Source& source : sources) {
    source.window = {source.next_number, std::numeric_limits<std::uint64_t>::max()};
  }
}
inline void close_windows(SourceTable& sources) {
  for (Source& source : sources) source.window.end = source.next_number;
}

}  // namespace penstock::load
