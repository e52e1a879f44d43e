// The UDP socket of one peer: non-blocking, connected to the server once its address is known, with
// receive time stamps of the kernel and a count of what the kernel dropped because we were too slow
// to read. Owned by a peer; one thread.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>

#include "dataplane/base/ip_address.h"
#include "dataplane/base/time.h"

namespace penstock::load {

class PeerSocket {
 public:
  PeerSocket() = default;
  ~PeerSocket();
  PeerSocket(PeerSocket&& other) noexcept;
  PeerSocket& operator=(PeerSocket&& other) noexcept;

  // Binds to any port of `local`; without it the kernel chooses the address when it connects.
  static std::expected<PeerSocket, std::string> open(const std::optional<IpAddress>& local);
  // Empty, or why it is impossible.
  std::string connect(const SocketAddress& remote);

  int descriptor() const { return descriptor_; }
  SocketAddress local() const;

  // Sends as many of these as the kernel takes within a few milliseconds; returns how many.
  std::size_t send(std::span<mmsghdr> messages) const;
  void send(std::span<const std::uint8_t> bytes) const;
  // Datagrams that found the receive queue full, since it was opened.
  std::uint64_t queue_drops() const;

 private:
  int descriptor_ = -1;
};

// The receive time stamp in the control data of a message, as wall clock; 0 without one.
Timestamp receive_time(const msghdr& message);

// Lets this process open `count` sockets; empty, or what to do about it.
std::string allow_descriptors(std::size_t count);

}  // namespace penstock::load
