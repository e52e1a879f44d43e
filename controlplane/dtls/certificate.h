// Our identity in DTLS: a self-signed P-256 certificate made at start and shared by all transports
// (RFC 8827 section 6.5). What peers trust is not its issuer but its fingerprint, which travels in
// the SDP (RFC 8122). Owned by the server, immutable after it was made.
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "controlplane/openssl/handles.h"

namespace penstock {

class Certificate {
 public:
  // Makes a new key pair and a certificate that is valid from a day before `unix_seconds` for a
  // year. The error is OpenSSL's.
  static std::expected<Certificate, std::string> generate(std::int64_t unix_seconds);

  // SHA-256 of the DER form as in a=fingerprint: "AB:CD:..." (RFC 8122 section 5), without the name
  // of the hash.
  const std::string& fingerprint_sha256() const { return fingerprint_sha256_; }

  X509* x509() const { return x509_.get(); }
  EVP_PKEY* private_key() const { return private_key_.get(); }

 private:
  Certificate() = default;

  EvpPkeyHandle private_key_;
  X509Handle x509_;
  std::string fingerprint_sha256_;
};

}  // namespace penstock
