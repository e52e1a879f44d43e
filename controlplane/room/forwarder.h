// A stream of a publisher, or one encoding of it, that is forwarded to an address outside of the
// room (Media::forward). A value in its publisher's list; who ends the stream, the publisher or the
// room ends its peer. Control thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controlplane/media/media.h"

namespace penstock::room {

struct Forwarder {
  std::uint32_t id = 0;  // among its publisher's
  PeerId peer = 0;
  MediaKind kind = MediaKind::kVideo;
  std::string mid;
  SocketAddress to;
  std::uint16_t local_rtcp_port = 0;   // 0: without RTCP, as is
  std::uint16_t remote_rtcp_port = 0;  // the other one
  std::uint8_t payload_type = 0;       // as was asked for; 0: the publisher's
  std::uint32_t ssrc = 0;              // likewise
  std::uint8_t substream = 0;
  bool is_encrypted = false;
};

// All of a publisher, with every encoding, sent to another server that shows it in a room of its
// own (remote publishers of Janus). Likewise a value, and ended alike.
struct Remote {
  std::string id;  // as whoever asked for it names it
  PeerId peer = 0;
  std::vector<std::string> mids;  // of what is sent, for each of the peer's lines
  SocketAddress to;
  std::uint16_t rtcp_port = 0;  // 0: without RTCP
};

}  // namespace penstock::room
