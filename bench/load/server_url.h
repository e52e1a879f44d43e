// Where the server's WebSocket is: "ws://198.18.0.1:8188/janus", or "wss:" with TLS.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "dataplane/base/ip_address.h"

namespace penstock::load {

struct ServerUrl {
  std::string text;  // as given
  SocketAddress address;
  std::string path = "/";
  bool is_tls = false;
};

// The host is an IP address (IPv6 in brackets); the error says what was expected.
std::expected<ServerUrl, std::string> parse_server_url(std::string_view text);

}  // namespace penstock::load
