// Certificate fingerprints as they appear in SDP, and their comparison with the certificate a peer
// shows (RFC 8122 section 5, RFC 8842 section 5.1). This comparison is the whole authentication of
// a transport, so it happens before any key is exported. Pure values and functions.
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "dataplane/base/static_vector.h"

namespace penstock {

enum class FingerprintHash : std::uint8_t { kSha256, kSha384, kSha512 };

// "sha-256", ...
std::string_view to_string(FingerprintHash hash);
constexpr std::size_t fingerprint_bytes(FingerprintHash hash) {
  constexpr std::array<std::size_t, 3> kBytes = {32, 48, 64};
  return kBytes[static_cast<std::size_t>(hash)];
}

struct Fingerprint {
  FingerprintHash hash = FingerprintHash::kSha256;
  std::array<std::uint8_t, 64> digest{};  // fingerprint_bytes(hash) of them count

  bool operator==(const Fingerprint&) const = default;
};

// An offer may list one certificate under several hashes, or several certificates.
inline constexpr std::size_t kFingerprintsMax = 8;
using Fingerprints = StaticVector<Fingerprint, kFingerprintsMax>;

// Parses the value of a=fingerprint: hash name, space, colon-separated hexadecimal bytes, in upper
// or lower case. SHA-1 and older are refused, since a peer must offer SHA-256 or better (RFC 8827
// section 6.5). The error says what was expected.
std::expected<Fingerprint, std::string> parse_fingerprint(std::string_view value);

// "AB:CD:...": the digest alone.
std::string format_digest(const Fingerprint& fingerprint);

// "sha-256 AB:CD:...", as it goes after "a=fingerprint:".
std::string format_fingerprint(const Fingerprint& fingerprint);

// The fingerprint of a certificate's DER form.
std::expected<Fingerprint, std::string> fingerprint_of(const X509& certificate,
                                                       FingerprintHash hash);

// Whether `certificate` has one of the `expected` fingerprints. False when none is expected. The
// digests are compared in constant time.
bool matches_any(const X509& certificate, const Fingerprints& expected);

}  // namespace penstock
