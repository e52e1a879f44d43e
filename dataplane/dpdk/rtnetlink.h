// The few rtnetlink requests (RFC 3549) that set an interface up. Control thread, at start;
// blocking, answered by the kernel at once. Each returns 0 or an errno.
#pragma once

#include <cstdint>

#include "dataplane/base/ip_address.h"

namespace penstock {

// Adds the address without duplicate address detection; an address that is there already is fine.
int add_interface_address(unsigned interface_index, const IpAddress& address,
                          std::uint8_t prefix_bits);
// Sets the MTU and the interface up.
int set_interface_up(unsigned interface_index, std::uint32_t mtu);

}  // namespace penstock
