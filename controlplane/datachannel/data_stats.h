// What data channels have had to do, counted since start. Written and read on the control thread;
// owned by whoever owns the DataRelay.
#pragma once

#include <cstdint>

namespace penstock {

struct DataStats {
  std::uint64_t messages_received = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t messages_sent = 0;  // each for one receiver
  std::uint64_t bytes_sent = 0;
  // Not sent to a receiver, because it reads too slowly: unreliable ones.
  std::uint64_t messages_dropped = 0;
  // Of no channel, or of no type that RFC 8831 has, or larger than the receiver takes.
  std::uint64_t messages_ignored = 0;
  std::uint64_t channels_opened = 0;      // by peers and by us
  std::uint64_t channels_refused = 0;     // what asked for one was wrong, or there were too many
  std::uint64_t channels_overflowed = 0;  // closed, because their receiver reads too slowly
  std::uint64_t packets_discarded = 0;    // short, or with a wrong checksum
  std::uint64_t associations_closed = 0;  // by the peer, or because it answered no more
};

}  // namespace penstock
