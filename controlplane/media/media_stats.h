// What the connections with clients have had to do with, counted since start. Written and read on
// the control thread; owned by PeerConnections.
#pragma once

#include <cstdint>

namespace penstock {

struct MediaStats {
  // DTLS records that OpenSSL did not get to see, because they cannot be of the association
  // (DtlsRecordFilter).
  std::uint64_t dtls_records_discarded = 0;
  // Datagrams of validated pairs with no effect at all, those of discarded records included.
  std::uint64_t dtls_datagrams_discarded = 0;
  // Handshakes that could have begun and had to wait for HandshakeLimiter.
  std::uint64_t dtls_handshakes_delayed = 0;
};

}  // namespace penstock
