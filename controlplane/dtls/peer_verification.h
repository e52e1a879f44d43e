// The check of the peer's certificate inside OpenSSL's handshake: no issuer, no dates, no names;
// the leaf must have one of the fingerprints of the peer's description (RFC 8122 section 6.2). It
// fails the handshake on the spot, so a peer that does not match never gets as far as keys.
#pragma once

#include <openssl/types.h>

#include "controlplane/dtls/fingerprint.h"

namespace penstock {

// What one association expects, and whether it was met. Its address must not change.
struct PeerVerification {
  Fingerprints expected;
  bool has_certificate = false;  // the peer has shown one
  bool has_matched = false;
};

// Makes every association of `ctx` ask for the peer's certificate and refuse to go on without one
// that matches.
void require_matching_peer_certificate(SSL_CTX* ctx);
// Says what `ssl` is to expect; without it no certificate is accepted.
void attach_peer_verification(SSL* ssl, PeerVerification& verification);

}  // namespace penstock
