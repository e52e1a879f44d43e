// What must hold before DPDK is asked for a device or memory, checked with the kernel directly: a
// poll-mode driver's own failure says little and EAL may abort. Each error says what is missing and
// how to get it. Control thread, at start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>

namespace penstock {

using DeviceCheck = std::expected<void, std::string>;

// /dev/net/tun, the permission to make devices, and that the name is free.
DeviceCheck check_tap(const std::string& device);
// The interface, and the permission for packet sockets.
DeviceCheck check_af_packet(const std::string& device);
// The interface, AF_XDP in the kernel, and the permission to load a program.
DeviceCheck check_af_xdp(const std::string& device);
// The PCI address, and that a driver DPDK can use is bound to it. `sysfs`: where the kernel shows
// its devices.
DeviceCheck check_pci(const std::string& address, const std::string& sysfs = "/sys");
// That so much memory is free in huge pages.
DeviceCheck check_hugepages(std::size_t memory_mib);

// Receive queues of a Linux interface ("combined" channels of ethtool), at least 1.
std::size_t interface_queue_count(const std::string& device);
// Its MTU; UINT16_MAX if that is more, or cannot be told.
std::uint16_t interface_mtu(const std::string& device);

}  // namespace penstock
