#include "dataplane/base/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

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

bool share_prefix(const IpAddress& one, const IpAddress& other, unsigned bits) {
  if (one.is_v4() != other.is_v4()) return false;
  if (one.is_v4()) bits += 96;  // where it starts in its v4-mapped form
  const unsigned whole_bytes = bits / 8;
  if (std::memcmp(one.bytes.data(), other.bytes.data(), whole_bytes) != 0) return false;
  const unsigned rest = bits % 8;
  if (rest == 0) return true;
  const auto difference = one.bytes[whole_bytes] ^ other.bytes[whole_bytes];
  return (static_cast<unsigned>(difference) >> (8 - rest)) == 0;
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
