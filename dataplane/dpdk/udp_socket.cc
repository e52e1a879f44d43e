#include "dataplane/dpdk/udp_socket.h"

#include <linux/sock_diag.h>
#include <netinet/udp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "dataplane/dpdk/kernel_address.h"

namespace penstock {
namespace {

std::string text_of(const UdpSocketConfig& config) {
  return config.address.is_unspecified() ? "UDP port " + std::to_string(config.port)
                                         : "UDP " + to_string({config.address, config.port});
}

std::string remedy(int error) {
  if (error == EADDRINUSE) return "another program has it: choose another port.udp_port";
  if (error == EADDRNOTAVAIL) return "port.addresses must be addresses of this host";
  return "see port.udp_port and port.addresses";
}

// ipv6.disable=1 on the kernel's command line takes the family away.
bool kernel_has_ipv6() {
  const int fd = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd >= 0) ::close(fd);
  return fd >= 0;
}

std::size_t buffer_bytes(int fd, int name) {
  int bytes = 0;
  socklen_t size = sizeof(bytes);
  ::getsockopt(fd, SOL_SOCKET, name, &bytes, &size);
  return static_cast<std::size_t>(bytes) / 2;  // the kernel doubles it for its own overhead
}

}  // namespace

std::expected<UdpSocket, std::string> UdpSocket::open(const UdpSocketConfig& config) {
  return open(config, kernel_has_ipv6() ? AF_INET6 : AF_INET);
}

std::expected<UdpSocket, std::string> UdpSocket::open(const UdpSocketConfig& config, int family) {
  UdpSocket socket(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), family);
  if (socket.fd_ < 0) {
    return std::unexpected(std::string("cannot open a UDP socket: ") + std::strerror(errno));
  }
  socket.prepare(config);
  const IpAddress any = family == AF_INET ? IpAddress::from_v4({0, 0, 0, 0}) : IpAddress{};
  if (!socket.bind_to({socket.has_all_addresses_ ? any : config.address, config.port})) {
    const int error = errno;
    return std::unexpected("cannot open " + text_of(config) + ": " + std::strerror(error) + "; " +
                           remedy(error));
  }
  return socket;
}

UdpSocket::UdpSocket(UdpSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      family_(other.family_),
      has_all_addresses_(other.has_all_addresses_),
      has_segmentation_(other.has_segmentation_) {}

UdpSocket::~UdpSocket() {
  if (fd_ >= 0) ::close(fd_);
}

bool UdpSocket::set_option(int level, int name, int value) {
  return ::setsockopt(fd_, level, name, &value, sizeof(value)) == 0;
}

bool UdpSocket::bind_to(const SocketAddress& address) {
  KernelAddress kernel;
  to_kernel(address, family_, kernel);
  return ::bind(fd_, &kernel.generic, kernel_address_bytes(family_)) == 0;
}

// Beyond the system's limit if we may (CAP_NET_ADMIN), else up to it.
void UdpSocket::set_buffer(int privileged_name, int name, std::size_t bytes) {
  const int wanted = static_cast<int>(bytes);
  if (!set_option(SOL_SOCKET, privileged_name, wanted)) set_option(SOL_SOCKET, name, wanted);
}

// Errors that ICMP reports are not asked for (IP_RECVERR): a socket that is not connected hears of
// none then, so that a peer that has gone, or somebody who forges its router's messages, costs not
// even a failed call. That a packet is too large is told all the same, by the path's MTU.
void UdpSocket::prepare(const UdpSocketConfig& config) {
  has_all_addresses_ = config.address.is_unspecified();
  set_option(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
  if (family_ == AF_INET6) {
    set_option(IPPROTO_IPV6, IPV6_V6ONLY, 0);
    set_option(IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO);
    set_option(IPPROTO_IPV6, IPV6_DONTFRAG, 1);
  }
  if (has_all_addresses_) {
    if (family_ == AF_INET) {
      set_option(IPPROTO_IP, IP_PKTINFO, 1);
    } else {
      set_option(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    }
  }
  has_segmentation_ = set_option(IPPROTO_UDP, UDP_SEGMENT, 0);
  set_buffer(SO_RCVBUFFORCE, SO_RCVBUF, config.receive_buffer_bytes);
  set_buffer(SO_SNDBUFFORCE, SO_SNDBUF, config.send_buffer_bytes);
}

std::size_t UdpSocket::receive_buffer_bytes() const { return buffer_bytes(fd_, SO_RCVBUF); }

std::size_t UdpSocket::send_buffer_bytes() const { return buffer_bytes(fd_, SO_SNDBUF); }

std::uint64_t UdpSocket::missed() const {
  std::array<std::uint32_t, SK_MEMINFO_VARS> values{};
  socklen_t bytes = sizeof(values);
  ::getsockopt(fd_, SOL_SOCKET, SO_MEMINFO, values.data(), &bytes);
  return values[SK_MEMINFO_DROPS];
}

}  // namespace penstock
