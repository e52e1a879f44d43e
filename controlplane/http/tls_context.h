// What a listener proves with who it is: an OpenSSL context with a certificate and its key, read
// from files. TLS 1.2 with forward secrecy (RFC 5246) and TLS 1.3 (RFC 8446). Owned by the
// listeners, on the control thread; a connection that was accepted with it may outlive it.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <expected>
#include <string>
#include <string_view>

#include "controlplane/config/config.h"

namespace penstock {

struct TlsContext {
  boost::asio::ssl::context openssl{boost::asio::ssl::context::tls_server};
  std::string host_name;  // the first DNS name of the certificate that is no pattern; or empty
  std::string validity;   // "sfu.example.com, valid until Jan 31 12:00:00 2027 GMT"
  bool is_valid_now = true;
};

// `section` is that of the configuration. The error is one line: key, file and what is wrong with
// it.
std::expected<TlsContext, std::string> load_tls_context(const config::TlsFiles& files,
                                                        std::string_view section);

// Something that differs once another file, or another content, stands under one of the names.
// Empty if one of them is not there.
std::string tls_files_version(const config::TlsFiles& files);

}  // namespace penstock
