// Connections that ended by themselves (no consent any more, a DTLS alert) and that their clients
// may take for alive: a client that restarts ICE then (RFC 8445 section 9) goes on with its DTLS
// association and its keys, of which nothing is left here. Browsers begin another association only
// in another RTCPeerConnection. So such a description is told from that of a new connection, by its
// o= line: the session's id stays and its version grows (RFC 8866 section 5.2). Owned by the peer
// connections; control thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "controlplane/media/media.h"
#include "controlplane/sdp/session_description.h"

namespace penstock {

class EndedSessions {
 public:
  // Remembers the last so many.
  explicit EndedSessions(std::size_t sessions_max) : sessions_(sessions_max) {}

  // Needs no memory.
  void remember(PeerId peer, const sdp::Origin& origin) {
    sessions_[next_] = {peer, origin.session_id, origin.session_version};
    next_ = (next_ + 1) % sessions_.size();
  }

  // Whether this description goes on with a connection of the peer that has ended.
  bool is_continued_by(PeerId peer, const sdp::Origin& origin) const {
    return std::ranges::any_of(sessions_, [&](const Session& ended) {
      return ended.peer == peer && ended.id == origin.session_id &&
             ended.version < origin.session_version;
    });
  }

 private:
  struct Session {
    PeerId peer = 0;
    std::uint64_t id = 0;
    std::uint64_t version = 0;
  };

  std::vector<Session> sessions_;
  std::size_t next_ = 0;
};

inline MediaError has_ended_error() {
  return {MediaErrorKind::kWrongState,
          "this connection has ended and cannot be resumed: make a new RTCPeerConnection"};
}

}  // namespace penstock
