// Where media may be sent to because a client asks for it: a server that sends whatever it is told
// to, to whoever it is told, is a tool for attacks. Values from the configuration; pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/ip_address.h"

namespace penstock::janus {

struct ForwardingRules {
  struct Network {
    IpAddress address;
    unsigned bits = 0;  // of the family's own
  };

  // Only there. By default everywhere.
  std::vector<Network> allowed = {{IpAddress::from_v4({0, 0, 0, 0}), 0}, {IpAddress{}, 0}};
  bool allows_multicast = false;
  // The server's own, to whose media ports nothing goes.
  std::vector<IpAddress> own;
  std::uint16_t own_port = 0;
  std::size_t own_ports = 0;
  Network link;  // of the data port, which has a broadcast address; 0 bits: not known
  bool needs_admin_key = false;  // of who asks

  // Why nothing may be sent there; empty: it may.
  std::string refusal(const SocketAddress& to) const;
};

}  // namespace penstock::janus
