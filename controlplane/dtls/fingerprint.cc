#include "controlplane/dtls/fingerprint.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <optional>

#include "controlplane/openssl/handles.h"
#include "dataplane/base/ascii.h"

namespace penstock {
namespace {

constexpr std::array<std::string_view, 3> kHashNames = {"sha-256", "sha-384", "sha-512"};

const EVP_MD* evp_md(FingerprintHash hash) {
  switch (hash) {
    case FingerprintHash::kSha256:
      return EVP_sha256();
    case FingerprintHash::kSha384:
      return EVP_sha384();
    case FingerprintHash::kSha512:
      return EVP_sha512();
  }
  return nullptr;
}

// "AB:CD:..." of exactly `out.size()` bytes.
bool parse_digest(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != out.size() * 3 - 1) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto high = hex_value(text[3 * i]);
    const auto low = hex_value(text[3 * i + 1]);
    if (!high || !low) return false;
    if (i + 1 < out.size() && text[3 * i + 2] != ':') return false;
    out[i] = static_cast<std::uint8_t>((*high << 4) | *low);
  }
  return true;
}

}  // namespace

std::string_view to_string(FingerprintHash hash) {
  return kHashNames[static_cast<std::size_t>(hash)];
}

std::expected<Fingerprint, std::string> parse_fingerprint(std::string_view value) {
  const std::size_t space = value.find(' ');
  if (space == std::string_view::npos) {
    return std::unexpected("expected a hash name, a space and a digest");
  }
  const std::string_view name = value.substr(0, space);
  const auto* found = std::ranges::find_if(
      kHashNames, [&](std::string_view known) { return equals_ignoring_case(name, known); });
  if (found == kHashNames.end()) {
    return std::unexpected("expected sha-256, sha-384 or sha-512");
  }

  Fingerprint fingerprint;
  fingerprint.hash = static_cast<FingerprintHash>(found - kHashNames.begin());
  const std::size_t bytes = fingerprint_bytes(fingerprint.hash);
  if (!parse_digest(value.substr(space + 1), std::span(fingerprint.digest).first(bytes))) {
    return std::unexpected("expected " + std::to_string(bytes) + " hexadecimal bytes with colons");
  }
  return fingerprint;
}

std::string format_digest(const Fingerprint& fingerprint) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text;
  for (std::size_t i = 0; i < fingerprint_bytes(fingerprint.hash); ++i) {
    if (i > 0) text += ':';
    text += kHex[fingerprint.digest[i] >> 4];
    text += kHex[fingerprint.digest[i] & 0x0F];
  }
  return text;
}

std::string format_fingerprint(const Fingerprint& fingerprint) {
  return std::string(to_string(fingerprint.hash)) + ' ' + format_digest(fingerprint);
}

std::expected<Fingerprint, std::string> fingerprint_of(const X509& certificate,
                                                       FingerprintHash hash) {
  Fingerprint fingerprint;
  fingerprint.hash = hash;
  unsigned int bytes = 0;
  if (X509_digest(&certificate, evp_md(hash), fingerprint.digest.data(), &bytes) != 1 ||
      bytes != fingerprint_bytes(hash)) {
    return std::unexpected(take_openssl_error());
  }
  return fingerprint;
}

bool matches_any(const X509& certificate, const Fingerprints& expected) {
  bool matches = false;
  for (const Fingerprint& wanted : expected) {
    const auto actual = fingerprint_of(certificate, wanted.hash);
    if (!actual) continue;
    matches |=
        CRYPTO_memcmp(actual->digest.data(), wanted.digest.data(), wanted.digest.size()) == 0;
  }
  return matches;
}

}  // namespace penstock
