// One worker's UDP socket: bound to its port, not blocking, with DF set on all that it sends
// (RFC 8899 section 3), so that what is too large for the way is refused and not fragmented. Made
// and closed on the control thread; used by its worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>

#include "dataplane/base/ip_address.h"

namespace penstock {

struct UdpSocketConfig {
  IpAddress address;  // unspecified: every one of the host's
  std::uint16_t port = 0;
  std::size_t receive_buffer_bytes = 0;
  std::size_t send_buffer_bytes = 0;
};

class UdpSocket {
 public:
  // Error: text with remedy.
  static std::expected<UdpSocket, std::string> open(const UdpSocketConfig& config);
  // Of a family of the kernel's: AF_INET6, which speaks IPv4 too, or AF_INET.
  static std::expected<UdpSocket, std::string> open(const UdpSocketConfig& config, int family);
  UdpSocket(UdpSocket&& other) noexcept;
  UdpSocket& operator=(UdpSocket&&) = delete;
  ~UdpSocket();

  int fd() const { return fd_; }
  int family() const { return family_; }
  // Each received message says which of the host's addresses it came to, and each sent one has to
  // say from which it leaves.
  bool has_all_addresses() const { return has_all_addresses_; }
  // Whether the kernel cuts one large message into datagrams (UDP_SEGMENT, Linux 4.18).
  bool has_segmentation() const { return has_segmentation_; }
  // What the kernel has given of what was asked for.
  std::size_t receive_buffer_bytes() const;
  std::size_t send_buffer_bytes() const;
  // Datagrams that its receive buffer had no room for, since it was opened.
  std::uint64_t missed() const;

 private:
  UdpSocket(int fd, int family) : fd_(fd), family_(family) {}
  // Each returns whether it could.
  bool set_option(int level, int name, int value);
  bool bind_to(const SocketAddress& address);
  void set_buffer(int privileged_name, int name, std::size_t bytes);
  void prepare(const UdpSocketConfig& config);

  int fd_;
  int family_;
  bool has_all_addresses_ = false;
  bool has_segmentation_ = false;
};

}  // namespace penstock
