// Certificates and keys for tests of TLS: self-signed, in PEM form.
#pragma once

#include <string>

namespace penstock::test {

struct TlsPem {
  std::string certificate;
  std::string key;
};

struct TlsPemOptions {
  std::string name = "localhost";  // the DNS name that it is for
  bool is_rsa = false;             // 2,048 bits; else P-256
  long valid_for_seconds = 3600;   // from an hour ago; may be negative
};

TlsPem make_tls_pem(const TlsPemOptions& options = {});
// The same key, behind a passphrase.
std::string encrypted(const std::string& key);
// The certificate in DER form.
std::string der_of(const std::string& certificate);

}  // namespace penstock::test
