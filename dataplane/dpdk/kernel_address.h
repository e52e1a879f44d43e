// Internal header. Addresses as the kernel's sockets have them. A socket of AF_INET6 speaks IPv4
// too, whose addresses it maps into IPv6 (RFC 4291 section 2.5.5.2) as IpAddress does, so that
// nothing is to be told apart; AF_INET is for kernels without IPv6. Pure functions, any thread.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "dataplane/base/ip_address.h"

namespace penstock {

union KernelAddress {
  sockaddr generic;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

inline socklen_t kernel_address_bytes(int family) {
  return family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

// For a socket of that family.
inline void to_kernel(const SocketAddress& address, int family, KernelAddress& kernel) {
  if (family == AF_INET) {
    kernel.v4 = {};
    kernel.v4.sin_family = AF_INET;
    kernel.v4.sin_port = htons(address.port);
    std::memcpy(&kernel.v4.sin_addr, address.ip.v4_bytes(), 4);
  } else {
    kernel.v6 = {};
    kernel.v6.sin6_family = AF_INET6;
    kernel.v6.sin6_port = htons(address.port);
    std::memcpy(&kernel.v6.sin6_addr, address.ip.bytes.data(), 16);
  }
}

inline SocketAddress from_kernel(const KernelAddress& kernel) {
  if (kernel.generic.sa_family == AF_INET) {
    return {IpAddress::from_v4_bytes(reinterpret_cast<const std::uint8_t*>(&kernel.v4.sin_addr)),
            ntohs(kernel.v4.sin_port)};
  }
  return {IpAddress::from_v6_bytes(kernel.v6.sin6_addr.s6_addr), ntohs(kernel.v6.sin6_port)};
}

// The host's address that a datagram came to, of what a received message says beside it (RFC 3542
// section 6.2); unspecified if it does not say.
inline IpAddress destination_of(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(part), sizeof(info));
      return IpAddress::from_v6_bytes(info.ipi6_addr.s6_addr);
    }
    if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(part), sizeof(info));
      return IpAddress::from_v4_bytes(reinterpret_cast<const std::uint8_t*>(&info.ipi_addr));
    }
  }
  return {};
}

// Appends to what is said beside a message: its control buffer has room, and msg_controllen says
// how much is there already.
template <typename T>
void add_control(msghdr& message, int level, int type, const T& value) {
  auto* part =
      reinterpret_cast<cmsghdr*>(static_cast<char*>(message.msg_control) + message.msg_controllen);
  part->cmsg_level = level;
  part->cmsg_type = type;
  part->cmsg_len = CMSG_LEN(sizeof(value));
  std::memcpy(CMSG_DATA(part), &value, sizeof(value));
  message.msg_controllen += CMSG_SPACE(sizeof(value));
}

// That a message leaves from this address of the host's.
inline void add_source(msghdr& message, int family, const IpAddress& source) {
  if (family == AF_INET) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, source.v4_bytes(), 4);
    add_control(message, IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, source.bytes.data(), 16);
    add_control(message, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

// Its DSCP and ECN (RFC 3542 section 6.5). IPv4 has them for itself on sockets of AF_INET6 too.
inline void add_traffic_class(msghdr& message, const IpAddress& destination, int traffic_class) {
  const bool is_v4 = destination.is_v4();
  add_control(message, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_TOS : IPV6_TCLASS,
              traffic_class);
}

}  // namespace penstock
