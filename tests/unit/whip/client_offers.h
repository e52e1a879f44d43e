// What an encoder and a player offer, in tests that do not connect them.
#pragma once

#include <string>
#include <vector>

#include "tests/client/client_sdp.h"

namespace penstock::test {

inline LocalTransport client_transport() {
  return {.ufrag = "EsAw",
          .pwd = "P2uYro0UCOQ4zxjKXaWCBui1",
          .fingerprint =
              "sha-256 01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:"
              "AB:CD:EF:01:23:45:67:89:AB:CD:EF",
          .candidate = {}};
}

inline std::string publish_offer() {
  const std::vector<OfferedStream> streams{{.kind = MediaKind::kAudio, .ssrc = 1},
                                           {.kind = MediaKind::kVideo, .ssrc = 2}};
  return write_publish_offer(client_transport(), streams);
}

inline std::string play_offer(bool has_transport_cc = false) {
  const std::vector<PlayedLine> lines{{.kind = MediaKind::kAudio, .mid = "s"},
                                      {.kind = MediaKind::kVideo, .mid = "p"}};
  return write_play_offer(client_transport(), lines, has_transport_cc);
}

}  // namespace penstock::test
