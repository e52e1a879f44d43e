// Network devices through ioctl(2): what a device is like, and what the bridge needs it to be.
// Functions throw std::runtime_error with the remedy.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace penstock::bridge {

// What `what` failed with, by errno.
std::runtime_error system_error(const std::string& what);

unsigned index_of_device(const std::string& name);
int mtu_of_device(const std::string& name);
void set_device_mtu(const std::string& name, int mtu);
void set_device_up(const std::string& name);

// A device whose frames the bridge alone is to handle: it is up, and the kernel has no address on
// it. From now on the kernel does not answer ARP there either, and does not put received frames
// together (GRO, LRO), which would be sent on as frames that are too long.
void take_over_device(const std::string& name);

}  // namespace penstock::bridge
