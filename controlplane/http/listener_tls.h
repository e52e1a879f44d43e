// The TLS of the listeners that share a certificate, or none: what they prove with who they are,
// and how that is replaced while they serve. Connections keep what they began with. Owned by
// SignallingServer; control thread.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "controlplane/config/config.h"
#include "controlplane/http/tls_context.h"

namespace penstock {

class ListenerTls {
 public:
  ListenerTls() = default;  // no TLS

  // No TLS if the files have no names. `section` is that of the configuration, for errors.
  static std::expected<ListenerTls, std::string> open(const config::TlsFiles& files,
                                                      std::string_view section);

  // Null: the listeners speak plain HTTP.
  boost::asio::ssl::context* context() { return tls_ ? &tls_->openssl : nullptr; }
  // A name that the certificate is for; empty if it says none.
  std::string host_name() const { return tls_ ? tls_->host_name : std::string(); }

  // Reads the files again, for connections to come. What was is kept where they are not good. One
  // line of the log says which.
  void reload();
  // The same if other files stand there than at the last look.
  void reload_if_changed();

 private:
  ListenerTls(const config::TlsFiles& files, std::string_view section)
      : files_(files), section_(section), version_(tls_files_version(files)) {}

  config::TlsFiles files_;
  std::string section_;
  std::string version_;  // of the files at the last look
  std::optional<TlsContext> tls_;
};

}  // namespace penstock
