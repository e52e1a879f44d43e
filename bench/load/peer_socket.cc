#include "bench/load/peer_socket.h"

#include <linux/sock_diag.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "tests/client/kernel_socket.h"

namespace penstock::load {
namespace {

// Half a second of 16 Mb/s: what a reader that is not scheduled for a while needs.
constexpr int kBufferBytes = 2 << 20;
constexpr int kSendPatienceMs = 5;

}  // namespace

PeerSocket::~PeerSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

PeerSocket::PeerSocket(PeerSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

PeerSocket& PeerSocket::operator=(PeerSocket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

std::expected<PeerSocket, std::string> PeerSocket::open(const std::optional<IpAddress>& local) {
  sockaddr_storage storage;
  const IpAddress any = IpAddress::from_v4({0, 0, 0, 0});
  const SocketAddress address{local.value_or(any), 0};
  const socklen_t bytes = test::to_kernel(address, storage);
  PeerSocket socket;
  socket.descriptor_ = ::socket(storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket.descriptor_ < 0) {
    return std::unexpected(std::string("cannot open a UDP socket: ") + std::strerror(errno));
  }
  test::set_buffer_bytes(socket.descriptor_, kBufferBytes);
  const int on = 1;
  ::setsockopt(socket.descriptor_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
  if (::bind(socket.descriptor_, reinterpret_cast<const sockaddr*>(&storage), bytes) != 0) {
    return std::unexpected("cannot bind " + to_string(address.ip) + ": " + std::strerror(errno));
  }
  return socket;
}

std::string PeerSocket::connect(const SocketAddress& remote) {
  sockaddr_storage storage;
  const socklen_t bytes = test::to_kernel(remote, storage);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&storage), bytes) == 0) return {};
  return "cannot reach " + to_string(remote) + ": " + std::strerror(errno);
}

SocketAddress PeerSocket::local() const { return test::local_address(descriptor_); }

std::size_t PeerSocket::send(std::span<mmsghdr> messages) const {
  std::size_t sent = 0;
  // Each failure may be the error of an earlier datagram (ICMP), which is cleared by being told.
  for (std::size_t failures = 0; sent < messages.size() && failures < 4;) {
    const int count = ::sendmmsg(descriptor_, messages.data() + sent,
                                 static_cast<unsigned>(messages.size() - sent), 0);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
      continue;
    }
    ++failures;
    pollfd writable{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    if (errno == EAGAIN || errno == ENOBUFS) ::poll(&writable, 1, kSendPatienceMs);
  }
  return sent;
}

void PeerSocket::send(std::span<const std::uint8_t> bytes) const {
  if (::send(descriptor_, bytes.data(), bytes.size(), 0) < 0 && errno == ECONNREFUSED) {
    ::send(descriptor_, bytes.data(), bytes.size(), 0);
  }
}

std::uint64_t PeerSocket::queue_drops() const {
  std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
  socklen_t bytes = sizeof(info);
  if (::getsockopt(descriptor_, SOL_SOCKET, SO_MEMINFO, info.data(), &bytes) != 0) return 0;
  return info[SK_MEMINFO_DROPS];
}

Timestamp receive_time(const msghdr& message) {
  // CMSG_NXTHDR wants what it does not change to be changeable.
  auto& header = const_cast<msghdr&>(message);
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec time;
    std::memcpy(&time, CMSG_DATA(part), sizeof(time));
    return time.tv_sec * kSecond + time.tv_nsec;
  }
  return 0;
}

std::string allow_descriptors(std::size_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t wanted = count + 64;
  if (limit.rlim_cur >= wanted) return {};
  const rlim_t hard = limit.rlim_max;
  limit.rlim_cur = wanted;
  limit.rlim_max = std::max(hard, wanted);
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return {};
  return std::to_string(count) + " peers need as many open files, and this process may have " +
         std::to_string(hard) + ": raise it (ulimit -n " + std::to_string(wanted) + ")";
}

}  // namespace penstock::load
