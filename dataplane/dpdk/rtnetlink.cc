#include "dataplane/dpdk/rtnetlink.h"

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>

namespace penstock {
namespace {

// One request being built: header, family header, attributes.
class Request {
 public:
  Request(std::uint16_t type, std::uint16_t flags) {
    header().nlmsg_type = type;
    header().nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    header().nlmsg_len = NLMSG_LENGTH(0);
  }

  template <typename Family>
  void set_family_header(const Family& family) {
    append(&family, sizeof(family));
  }

  void add_attribute(std::uint16_t type, const void* value, std::size_t bytes) {
    const rtattr attribute{.rta_len = static_cast<unsigned short>(RTA_LENGTH(bytes)),
                           .rta_type = type};
    append(&attribute, sizeof(attribute));
    append(value, bytes);
  }

  // Sends it and returns the kernel's answer.
  int send() {
    const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) {
      return errno;
    }
    int error = EIO;
    std::array<std::byte, 1'024> answer;
    if (::send(fd, buffer_.data(), header().nlmsg_len, 0) < 0) {
      error = errno;
    } else if (const ssize_t bytes = ::recv(fd, answer.data(), answer.size(), 0);
               bytes >= static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr)))) {
      nlmsgerr acknowledgement;
      std::memcpy(&acknowledgement, answer.data() + NLMSG_HDRLEN, sizeof(acknowledgement));
      error = -acknowledgement.error;
    }
    ::close(fd);
    return error;
  }

 private:
  nlmsghdr& header() { return *reinterpret_cast<nlmsghdr*>(buffer_.data()); }

  void append(const void* value, std::size_t bytes) {
    std::memcpy(buffer_.data() + header().nlmsg_len, value, bytes);
    header().nlmsg_len += static_cast<std::uint32_t>(NLMSG_ALIGN(bytes));
  }

  alignas(nlmsghdr) std::array<std::byte, 256> buffer_{};
};

}  // namespace

int add_interface_address(unsigned interface_index, const IpAddress& address,
                          std::uint8_t prefix_bits) {
  const bool is_v4 = address.is_v4();
  ifaddrmsg family{};
  family.ifa_family = is_v4 ? AF_INET : AF_INET6;
  family.ifa_prefixlen = prefix_bits;
  family.ifa_flags = is_v4 ? 0 : IFA_F_NODAD;
  family.ifa_index = interface_index;

  Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
  request.set_family_header(family);
  const std::uint8_t* bytes = is_v4 ? address.v4_bytes() : address.bytes.data();
  request.add_attribute(IFA_LOCAL, bytes, is_v4 ? 4 : 16);
  request.add_attribute(IFA_ADDRESS, bytes, is_v4 ? 4 : 16);
  return request.send();
}

int set_interface_up(unsigned interface_index, std::uint32_t mtu) {
  ifinfomsg family{};
  family.ifi_family = AF_UNSPEC;
  family.ifi_index = static_cast<int>(interface_index);
  family.ifi_flags = IFF_UP;
  family.ifi_change = IFF_UP;

  Request request(RTM_NEWLINK, 0);
  request.set_family_header(family);
  request.add_attribute(IFLA_MTU, &mtu, sizeof(mtu));
  return request.send();
}

}  // namespace penstock
