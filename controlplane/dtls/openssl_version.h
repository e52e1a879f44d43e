// Which OpenSSL runs, for the log at start. Pure but for loaded_openssl().
#pragma once

#include <optional>
#include <string>

namespace penstock {

struct OpenSslVersion {
  unsigned int major = 0;
  unsigned int minor = 0;
  unsigned int patch = 0;

  auto operator<=>(const OpenSslVersion&) const = default;
};

// Of the library that is loaded, which need not be the one that this program was built with.
OpenSslVersion loaded_openssl_version();
// The same in OpenSSL's words, such as "OpenSSL 3.0.22 25 Aug 2026".
std::string loaded_openssl();

// What an operator should know of this version: nothing, if none of its weaknesses that concern
// DTLS is known to us. Distributions mend versions without renaming them, so it may be untrue.
std::optional<std::string> openssl_warning(const OpenSslVersion& version);

}  // namespace penstock
