#include "tests/integration/harness/udp_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "tests/client/kernel_socket.h"
#include "tests/integration/harness/child_process.h"

namespace penstock::integration {
UdpSocket::UdpSocket(const SocketAddress& local) {
  sockaddr_storage storage;
  const socklen_t bytes = test::to_kernel(local, storage);
  descriptor_ = ::socket(storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  // A test that is not scheduled for a while must not lose what the server sends meanwhile.
  test::set_buffer_bytes(descriptor_, 8 << 20);
  const Timestamp deadline = monotonic_now() + 5 * kSecond;
  while (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&storage), bytes) != 0) {
    if (errno != EADDRNOTAVAIL || monotonic_now() > deadline) {
      const std::string why = std::strerror(errno);
      ::close(descriptor_);
      throw std::runtime_error("cannot bind " + to_string(local) + ": " + why);
    }
    ::usleep(10'000);
  }
  local_ = test::local_address(descriptor_);
}

UdpSocket::~UdpSocket() { ::close(descriptor_); }

void UdpSocket::send(const SocketAddress& to, std::span<const std::uint8_t> bytes) {
  sockaddr_storage storage;
  const socklen_t size = test::to_kernel(to, storage);
  // The device's queue may be full for a moment; a UDP sender that waits does not lose.
  for (int tries = 0; tries < 1'000; ++tries) {
    const ssize_t sent = ::sendto(descriptor_, bytes.data(), bytes.size(), 0,
                                  reinterpret_cast<const sockaddr*>(&storage), size);
    if (sent >= 0 || (errno != EAGAIN && errno != ENOBUFS)) return;
    ::usleep(1'000);
  }
}

bool UdpSocket::receive(SocketAddress& from, std::vector<std::uint8_t>& bytes) {
  sockaddr_storage storage;
  socklen_t size = sizeof(storage);
  bytes.resize(2'048);
  const ssize_t count = ::recvfrom(descriptor_, bytes.data(), bytes.size(), 0,
                                   reinterpret_cast<sockaddr*>(&storage), &size);
  if (count < 0) return false;
  bytes.resize(static_cast<std::size_t>(count));
  from = test::from_kernel(storage);
  return true;
}

Attacker::Attacker(EventLoop& loop, const SocketAddress& local) : loop_(loop), socket_(local) {
  loop_.add(*this);
}

Attacker::~Attacker() { loop_.remove(*this); }

void Attacker::send(const SocketAddress& to, std::span<const std::uint8_t> bytes) {
  sent_bytes_ += bytes.size();
  socket_.send(to, bytes);
}

void Attacker::take_turn(Timestamp) {
  SocketAddress from;
  std::vector<std::uint8_t> bytes;
  while (socket_.receive(from, bytes)) received_bytes_ += bytes.size();
}

}  // namespace penstock::integration
