#include "dataplane/dpdk/tap_host_address.h"

#include <net/if.h>

#include <cerrno>
#include <cstring>

#include "dataplane/dpdk/rtnetlink.h"

namespace penstock {
namespace {

std::unexpected<std::string> failed(const std::string& what, int error) {
  return std::unexpected("cannot " + what + ": " + std::strerror(error) +
                         (error == EPERM ? "; this needs CAP_NET_ADMIN: run as root" : ""));
}

}  // namespace

std::expected<std::string, std::string> set_tap_host_address(const std::string& interface,
                                                             const TapHostAddress& address,
                                                             std::uint16_t mtu) {
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) {
    return failed("find interface " + interface, errno);
  }
  if (const int error = set_interface_up(index, mtu); error != 0) {
    return failed("set interface " + interface + " up", error);
  }
  std::string summary = "host side: " + interface;
  if (!address.ipv4.is_unspecified()) {
    const std::string text =
        to_string(address.ipv4) + "/" + std::to_string(address.ipv4_prefix_bits);
    const int error = add_interface_address(index, address.ipv4, address.ipv4_prefix_bits);
    if (error != 0) {
      return failed("give " + interface + " the address " + text, error);
    }
    summary += ", " + text;
  }
  if (!address.ipv6.is_unspecified()) {
    const std::string text =
        to_string(address.ipv6) + "/" + std::to_string(address.ipv6_prefix_bits);
    // A host may have IPv6 switched off, which is its own business.
    const int error = add_interface_address(index, address.ipv6, address.ipv6_prefix_bits);
    summary += error == 0 ? ", " + text : " (no IPv6: " + std::string(std::strerror(error)) + ")";
  }
  return summary;
}

}  // namespace penstock
