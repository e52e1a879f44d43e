#include "tests/client/kernel_socket.h"

#include <netinet/in.h>

#include <cstring>
#include <utility>

namespace penstock::test {

socklen_t to_kernel(const SocketAddress& address, sockaddr_storage& storage) {
  storage = {};
  if (address.ip.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::memcpy(&v4.sin_addr, address.ip.v4_bytes(), 4);
    return sizeof(v4);
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(address.port);
  std::memcpy(&v6.sin6_addr, address.ip.bytes.data(), 16);
  return sizeof(v6);
}

SocketAddress from_kernel(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    return {IpAddress::from_v4_bytes(reinterpret_cast<const std::uint8_t*>(&v4.sin_addr)),
            ntohs(v4.sin_port)};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  return {IpAddress::from_v6_bytes(v6.sin6_addr.s6_addr), ntohs(v6.sin6_port)};
}

SocketAddress local_address(int descriptor) {
  sockaddr_storage storage{};
  socklen_t bytes = sizeof(storage);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &bytes);
  return from_kernel(storage);
}

void set_buffer_bytes(int descriptor, int bytes) {
  for (const auto& [forced, plain] :
       {std::pair{SO_RCVBUFFORCE, SO_RCVBUF}, std::pair{SO_SNDBUFFORCE, SO_SNDBUF}}) {
    if (::setsockopt(descriptor, SOL_SOCKET, forced, &bytes, sizeof(bytes)) == 0) continue;
    ::setsockopt(descriptor, SOL_SOCKET, plain, &bytes, sizeof(bytes));
  }
}

}  // namespace penstock::test
