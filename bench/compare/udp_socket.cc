#include "bench/compare/udp_socket.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "dataplane/base/check.h"
#include "tests/client/kernel_socket.h"

namespace penstock::compare {
namespace {

// More than 10 ms of anything a core can forward.
constexpr int kBufferBytes = 32 << 20;

}  // namespace

std::expected<UdpSocket, std::string> UdpSocket::open(const IpAddress& address, std::uint16_t port,
                                                      Duration receive_timeout) {
  PENSTOCK_CHECK(address.is_v4());
  UdpSocket socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_storage local;
  const socklen_t bytes = test::to_kernel({address, port}, local);
  if (socket.fd_ < 0 || ::bind(socket.fd_, reinterpret_cast<const sockaddr*>(&local), bytes) != 0) {
    return std::unexpected("cannot bind UDP " + to_string(address) + ":" + std::to_string(port) +
                           ": " + std::strerror(errno) +
                           "; port.ipv4 must be an address of this host's kernel");
  }
  test::set_buffer_bytes(socket.fd_, kBufferBytes);
  const timeval timeout{.tv_sec = receive_timeout / kSecond,
                        .tv_usec = receive_timeout % kSecond / kMicrosecond};
  ::setsockopt(socket.fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  return socket;
}

UdpSocket::UdpSocket(UdpSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

UdpSocket::~UdpSocket() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace penstock::compare
