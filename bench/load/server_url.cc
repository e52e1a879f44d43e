#include "bench/load/server_url.h"

#include "dataplane/base/ascii.h"

namespace penstock::load {
namespace {

std::unexpected<std::string> wrong(std::string_view text, const std::string& why) {
  return std::unexpected("\"" + std::string(text) + "\": " + why +
                         "; expected ws://ADDRESS:PORT or ws://ADDRESS:PORT/PATH, or wss:");
}

}  // namespace

std::expected<ServerUrl, std::string> parse_server_url(std::string_view text) {
  ServerUrl url{.text = std::string(text), .address = {}};
  url.is_tls = text.starts_with("wss://");
  if (!url.is_tls && !text.starts_with("ws://")) {
    return wrong(text, "does not begin with ws:// or wss://");
  }
  std::string_view rest = text.substr(text.find("//") + 2);
  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    url.path = rest.substr(slash);
    rest = rest.substr(0, slash);
  }
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return wrong(text, "there is no port");
  std::string_view host = rest.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  const auto ip = host == "localhost" ? parse_ip_address("127.0.0.1") : parse_ip_address(host);
  if (!ip) return wrong(text, "the host is not an IP address");
  url.address.ip = *ip;
  const std::string_view port = rest.substr(colon + 1);
  const auto number = parse_number<std::uint16_t>(port);
  if (!number || *number == 0) return wrong(text, "the port is not a number from 1 to 65535");
  url.address.port = *number;
  return url;
}

}  // namespace penstock::load
