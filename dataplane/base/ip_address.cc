#include "dataplane/base/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace penstock {

std::expected<IpAddress, std::string> parse_ip_address(std::string_view text) {
  const std::string terminated(text);
  in_addr v4{};
  if (inet_pton(AF_INET, terminated.c_str(), &v4) == 1) {
    return IpAddress::from_v4_bytes(reinterpret_cast<const std::uint8_t*>(&v4));
  }
  in6_addr v6{};
  if (inet_pton(AF_INET6, terminated.c_str(), &v6) == 1)
    return IpAddress::from_v6_bytes(v6.s6_addr);
  return std::unexpected("'" + terminated + "' is not an IPv4 or IPv6 address");
}

std::string to_string(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.is_v4()) {
    inet_ntop(AF_INET, address.v4_bytes(), text, sizeof(text));
  } else {
    inet_ntop(AF_INET6, address.bytes.data(), text, sizeof(text));
  }
  return text;
}

std::string to_string(const SocketAddress& address) {
  const std::string port = std::to_string(address.port);
  return address.ip.is_v4() ? to_string(address.ip) + ":" + port
                            : "[" + to_string(address.ip) + "]:" + port;
}

}  // namespace penstock
