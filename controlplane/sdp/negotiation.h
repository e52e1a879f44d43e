// What the two kinds of offer/answer exchange (RFC 3264, 9429) have in common: our side of the
// transport, the peer's side of it, and errors. A publisher offers and we answer
// (publisher_negotiation.h); we offer to a subscriber and it answers (subscriber_negotiation.h).
// Values and pure functions; any control thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controlplane/sdp/session_description.h"

namespace penstock::sdp {

// Our transport as we describe it. One ICE-lite agent and one DTLS certificate serve all m-lines.
struct LocalTransportParameters {
  std::string ice_ufrag;
  std::string ice_pwd;
  std::string fingerprint;              // as in a=fingerprint: "sha-256 AB:CD:..."
  std::vector<std::string> candidates;  // attribute values: "1 1 udp 2130706431 192.0.2.1 ..."
  std::uint64_t session_id = 0;         // constant during the life of the transport; < 2^63
  std::uint64_t session_version = 1;    // the caller adds one for each description (RFC 3264 8)
  std::string origin_address = "0.0.0.0";
  std::string session_name = "-";  // s=, e.g. "VideoRoom 1234"
};

enum class DtlsRole : std::uint8_t { kServer, kClient };  // setup:passive, setup:active

// The peer's transport, as it described it. Empty texts when no m-line was accepted.
struct RemoteTransport {
  std::string ice_ufrag;
  std::string ice_pwd;
  std::vector<Fingerprint> fingerprints;  // its certificate must match one (RFC 8122 section 5)
  bool operator==(const RemoteTransport&) const = default;
};

enum class NegotiationErrorKind : std::uint8_t {
  kMissingFingerprint,    // no a=fingerprint: no DTLS, and we speak nothing else (RFC 8827 6.5)
  kBadIceCredentials,     // ice-ufrag or ice-pwd missing or not as RFC 8839 section 5.4
  kBadSetup,              // holdconn, or actpass in an answer
  kMissingRtcpMux,        // an accepted m-line of an answer without rtcp-mux
  kMissingBundle,         // an accepted m-line of an answer outside the BUNDLE group
  kMediaMismatch,         // m-lines fewer than before, other number, order, kind or mid
  kHeaderExtensionClash,  // an answer with other extension ids than we offered
  kPayloadTypeClash,      // an answer whose payload types mean other codecs than we offered
};

struct NegotiationError {
  NegotiationErrorKind kind{};
  std::string text;  // for the peer's developer, without personal data
};

}  // namespace penstock::sdp
