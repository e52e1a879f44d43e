#include "dataplane/dpdk/host_addresses.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <memory>

#include "dataplane/base/limits.h"
#include "dataplane/dpdk/device_checks.h"
#include "dataplane/dpdk/kernel_address.h"
#include "dataplane/net/ipv6.h"

namespace penstock {
namespace {

std::vector<HostAddress> all_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  constexpr unsigned kUsable = IFF_UP | IFF_RUNNING;
  std::vector<HostAddress> addresses;
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || (each->ifa_flags & kUsable) != kUsable) continue;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    KernelAddress address;
    std::memcpy(&address, each->ifa_addr, kernel_address_bytes(family));
    addresses.push_back({from_kernel(address).ip, each->ifa_name});
  }
  return addresses;
}

std::string text_of(const std::vector<HostAddress>& addresses) {
  std::string text;
  for (const HostAddress& each : addresses) {
    text += (text.empty() ? "" : ", ") + to_string(each.address) + " (" + each.interface + ")";
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::vector<HostAddress> offered_addresses(std::vector<HostAddress> all) {
  std::erase_if(all, [](const HostAddress& each) { return is_ipv6_link_local(each.address); });
  const auto is_loopback = [](const HostAddress& each) { return each.address.is_loopback(); };
  if (!std::ranges::all_of(all, is_loopback)) std::erase_if(all, is_loopback);
  std::vector<HostAddress> offered;
  for (const bool is_v4 : {true, false}) {
    for (const HostAddress& each : all) {
      const bool has_room = offered.size() < kHostAddressesMax;
      if (each.address.is_v4() == is_v4 && has_room) offered.push_back(each);
    }
  }
  return offered;
}

std::vector<HostAddress> host_addresses() { return offered_addresses(all_addresses()); }

std::expected<std::vector<HostAddress>, std::string> find_host_addresses(
    const std::vector<IpAddress>& wanted) {
  const std::vector<HostAddress> all = all_addresses();
  std::vector<HostAddress> found;
  for (const IpAddress& address : wanted) {
    const auto at = std::ranges::find(all, address, &HostAddress::address);
    if (at == all.end()) {
      return std::unexpected("port.addresses: " + to_string(address) +
                             " is no address of an interface that is up; there are " +
                             text_of(all));
    }
    found.push_back(*at);
  }
  return found;
}

std::uint16_t largest_mtu(const std::vector<HostAddress>& addresses) {
  std::uint16_t largest = 0;
  for (const HostAddress& each : addresses) {
    largest = std::max(largest, interface_mtu(each.interface));
  }
  return largest;
}

}  // namespace penstock
