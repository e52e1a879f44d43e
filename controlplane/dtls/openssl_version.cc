#include "controlplane/dtls/openssl_version.h"

#include <openssl/crypto.h>

namespace penstock {
namespace {

// The first one without CVE-2026-54874; Debian's has CVE-2026-75806 mended too. There is no 3.1
// with these mended.
constexpr OpenSslVersion kFirstGood{3, 0, 22};

}  // namespace

OpenSslVersion loaded_openssl_version() {
  return {OPENSSL_version_major(), OPENSSL_version_minor(), OPENSSL_version_patch()};
}

std::string loaded_openssl() { return OpenSSL_version(OPENSSL_VERSION); }

std::optional<std::string> openssl_warning(const OpenSslVersion& version) {
  const bool is_unmaintained = version.major == 3 && version.minor == 1;
  if (version >= kFirstGood && !is_unmaintained) return std::nullopt;
  return "this OpenSSL lets whoever can send from a client's address do more to its DTLS than "
         "3.0.22 does (CVE-2026-54874, CVE-2026-75806). Penstock discards what it knows of these; "
         "install a newer libssl3 all the same";
}

}  // namespace penstock
