// How late a worker finds out that consent has ended (RFC 7675 section 5.1). Who is expected to
// lose it, and when, is told by one thread; when the worker has found it, by another; the first
// reads when the worker has stopped.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>

#include "dataplane/api/handles.h"
#include "dataplane/base/time.h"

namespace penstock::bench {

class ConsentLog {
 public:
  struct Summary {
    std::size_t ended = 0;
    std::size_t found = 0;  // of these
    // The longest; of one that was not found, as long as that is the case.
    Duration late_max = 0;
  };

  // Its consent ends then, unless it is heard of again, which nobody tells this.
  void expect(TransportHandle transport, Timestamp ends_at) {
    peers_[transport.bits()] = {ends_at, {}};
  }
  // Said again and again; the first time counts. Of one that is not expected: nothing.
  void found(TransportHandle transport, Timestamp at) {
    const auto peer = peers_.find(transport.bits());
    if (peer != peers_.end() && !peer->second.found_at) peer->second.found_at = at;
  }
  void clear() { peers_.clear(); }

  Summary summary(Timestamp now) const {
    Summary summary;
    for (const auto& [bits, peer] : peers_) {
      if (peer.ends_at > now) continue;
      ++summary.ended;
      if (peer.found_at) ++summary.found;
      summary.late_max = std::max(summary.late_max, peer.found_at.value_or(now) - peer.ends_at);
    }
    return summary;
  }

 private:
  struct Peer {
    Timestamp ends_at = 0;
    std::optional<Timestamp> found_at;
  };
  std::map<std::uint64_t, Peer> peers_;  // by handle
};

}  // namespace penstock::bench
