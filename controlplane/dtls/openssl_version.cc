#include "controlplane/dtls/openssl_version.h"

#include <openssl/crypto.h>

#include <array>

namespace penstock {
namespace {

// The first one of each branch without CVE-2026-54874 and CVE-2026-75806 (3.0.22: Debian's). Of
// those between, none is known to have both mended.
constexpr std::array kFirstGood = {OpenSslVersion{3, 0, 22}, OpenSslVersion{3, 5, 9},
                                   OpenSslVersion{3, 6, 5}};

bool is_known_to_be_weaker(const OpenSslVersion& version) {
  for (const OpenSslVersion& good : kFirstGood) {
    if (version.major == good.major && version.minor == good.minor) return version < good;
  }
  return version < kFirstGood.back();
}

}  // namespace

OpenSslVersion loaded_openssl_version() {
  return {OPENSSL_version_major(), OPENSSL_version_minor(), OPENSSL_version_patch()};
}

std::string loaded_openssl() { return OpenSSL_version(OPENSSL_VERSION); }

std::optional<std::string> openssl_warning(const OpenSslVersion& version) {
  if (!is_known_to_be_weaker(version)) return std::nullopt;
  return "this OpenSSL lets whoever can send from a client's address do more to its DTLS than "
         "3.0.22, 3.5.9 and 3.6.5 do (CVE-2026-54874, CVE-2026-75806). Penstock discards what it "
         "knows of these; "
         "install a newer libssl3 all the same";
}

}  // namespace penstock
