#include "controlplane/janus/forwarding_rules.h"

#include <algorithm>

namespace penstock::janus {
namespace {

// 255.255.255.255, or the last address of the network.
bool is_broadcast(const IpAddress& ip, const ForwardingRules::Network& link) {
  if (!ip.is_v4()) return false;
  const auto ends_in_ones = [&](unsigned from) {
    for (unsigned bit = from; bit < 32; ++bit) {
      if ((ip.v4_bytes()[bit / 8] >> (7 - bit % 8) & 1) == 0) return false;
    }
    return true;
  };
  const bool is_on_link = link.bits != 0 && link.bits < 31 && link.address.is_v4() &&
                          share_prefix(ip, link.address, link.bits);
  return ends_in_ones(0) || (is_on_link && ends_in_ones(link.bits));
}

}  // namespace

std::string ForwardingRules::refusal(const SocketAddress& to) const {
  if (to.port == 0 || to.ip.is_unspecified()) return "nobody can be there";
  const bool is_allowed = std::ranges::any_of(allowed, [&](const Network& network) {
    return share_prefix(to.ip, network.address, network.bits);
  });
  if (!is_allowed) return "not in forwarding.allowed";
  if (is_broadcast(to.ip, link)) return "everybody on a network";
  if (to.ip.is_multicast() && !allows_multicast) return "forwarding.multicast is off";
  const bool is_own = to.ip.is_loopback() || std::ranges::find(own, to.ip) != own.end();
  if (is_own && to.port >= own_port && to.port < own_port + own_ports)
    return "this server's own media port";
  return {};
}

}  // namespace penstock::janus
