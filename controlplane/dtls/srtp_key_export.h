// SRTP keys out of a finished DTLS handshake (RFC 5764 section 4.2, RFC 5705). Pure function of the
// association; the keying material is wiped from every buffer but the result.
#pragma once

#include <openssl/types.h>

#include <optional>

#include "dataplane/rtp/media_types.h"

namespace penstock {

// OpenSSL's name of a profile in SSL_CTX_set_tlsext_use_srtp.
const char* openssl_srtp_profile_name(SrtpProfile profile);

// The keys as the client (`is_client`) or the server of the association sees them. Nothing if no
// profile was agreed. Call only after the peer's certificate was matched.
std::optional<SrtpKeys> export_srtp_keys(SSL* ssl, bool is_client);

}  // namespace penstock
