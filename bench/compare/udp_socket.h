// One worker's UDP socket: bound to its port, with large buffers, made on the control thread and
// used by the worker. Owned by its SocketPlatform.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "dataplane/base/ip_address.h"
#include "dataplane/base/time.h"

namespace penstock::compare {

class UdpSocket {
 public:
  // IPv4. A receive without MSG_DONTWAIT blocks for at most `receive_timeout`. Error: text.
  static std::expected<UdpSocket, std::string> open(const IpAddress& address, std::uint16_t port,
                                                    Duration receive_timeout);
  UdpSocket(UdpSocket&& other) noexcept;
  UdpSocket& operator=(UdpSocket&&) = delete;
  ~UdpSocket();

  int fd() const { return fd_; }

 private:
  explicit UdpSocket(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace penstock::compare
