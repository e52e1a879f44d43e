#include "bench/bridge/device.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace penstock::bridge {
namespace {

// A request about the device of this name.
class DeviceRequest {
 public:
  explicit DeviceRequest(const std::string& name)
      : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    if (socket_ < 0) throw system_error("socket");
    if (name.size() >= IFNAMSIZ) {
      ::close(socket_);
      throw std::runtime_error("\"" + name + "\" is too long for a device's name (15 characters)");
    }
    name.copy(request.ifr_name, name.size());
  }
  ~DeviceRequest() { ::close(socket_); }
  DeviceRequest(const DeviceRequest&) = delete;
  DeviceRequest& operator=(const DeviceRequest&) = delete;

  bool try_to(unsigned long what) { return ::ioctl(socket_, what, &request) == 0; }
  void must(unsigned long what, const char* doing) {
    if (!try_to(what)) throw system_error(std::string(doing) + " " + request.ifr_name);
  }

  ifreq request{};

 private:
  int socket_;
};

short flags_of(const std::string& name) {
  DeviceRequest device(name);
  device.must(SIOCGIFFLAGS, "cannot read the flags of");
  return device.request.ifr_flags;
}

void add_flags(const std::string& name, int flags) {
  DeviceRequest device(name);
  device.must(SIOCGIFFLAGS, "cannot read the flags of");
  device.request.ifr_flags = static_cast<short>(device.request.ifr_flags | flags);
  device.must(SIOCSIFFLAGS, "cannot change the flags of");
}

// An address of the kernel's on the device, or nothing.
std::string address_of(const std::string& name) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) throw system_error("getifaddrs");
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || name != entry->ifa_name) continue;
    char text[INET6_ADDRSTRLEN] = {};
    const int family = entry->ifa_addr->sa_family;
    const void* address = nullptr;
    if (family == AF_INET) {
      address = &reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr;
    } else if (family == AF_INET6) {
      address = &reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr)->sin6_addr;
    }
    if (address != nullptr) return ::inet_ntop(family, address, text, sizeof(text));
  }
  return {};
}

// True if it is off afterwards.
bool switch_off(const std::string& name, std::uint32_t get, std::uint32_t set) {
  DeviceRequest device(name);
  ethtool_value value{.cmd = set, .data = 0};
  device.request.ifr_data = reinterpret_cast<char*>(&value);
  device.try_to(SIOCETHTOOL);
  value = {.cmd = get, .data = 0};
  return !device.try_to(SIOCETHTOOL) || value.data == 0;  // who has no such thing has it off
}

bool switch_off_lro(const std::string& name) {
  DeviceRequest device(name);
  ethtool_value value{.cmd = ETHTOOL_GFLAGS, .data = 0};
  device.request.ifr_data = reinterpret_cast<char*>(&value);
  if (!device.try_to(SIOCETHTOOL) || (value.data & ETH_FLAG_LRO) == 0) return true;
  value = {.cmd = ETHTOOL_SFLAGS, .data = value.data & ~static_cast<std::uint32_t>(ETH_FLAG_LRO)};
  return device.try_to(SIOCETHTOOL);
}

}  // namespace

std::runtime_error system_error(const std::string& what) {
  const int number = errno;
  std::string text = what + ": " + std::strerror(number);
  if (number == EPERM || number == EACCES) {
    text += "; remedy: run it as root, or with CAP_NET_ADMIN and CAP_NET_RAW";
  }
  return std::runtime_error(text);
}

unsigned index_of_device(const std::string& name) {
  const unsigned index = ::if_nametoindex(name.c_str());
  if (index == 0) {
    throw std::runtime_error("there is no device " + name +
                             "; those that there are: ip link show. To have one made: tap:" + name);
  }
  return index;
}

int mtu_of_device(const std::string& name) {
  DeviceRequest device(name);
  device.must(SIOCGIFMTU, "cannot read the MTU of");
  return device.request.ifr_mtu;
}

void set_device_mtu(const std::string& name, int mtu) {
  DeviceRequest device(name);
  device.request.ifr_mtu = mtu;
  device.must(SIOCSIFMTU, "cannot set the MTU of");
}

void set_device_up(const std::string& name) { add_flags(name, IFF_UP); }

void take_over_device(const std::string& name) {
  index_of_device(name);
  if ((flags_of(name) & IFF_UP) == 0) {
    throw std::runtime_error(name + " is down; remedy: ip link set " + name + " up");
  }
  if (const std::string address = address_of(name); !address.empty()) {
    throw std::runtime_error("the kernel has the address " + address + " on " + name +
                             " and would answer in the place of the other side; remedy: ip link "
                             "set " +
                             name + " addrgenmode none; ip address flush dev " + name);
  }
  if (!switch_off(name, ETHTOOL_GGRO, ETHTOOL_SGRO) || !switch_off_lro(name)) {
    throw std::runtime_error(name +
                             " puts received frames together, and that cannot be switched "
                             "off; remedy: try ethtool -K " +
                             name + " gro off lro off");
  }
  add_flags(name, IFF_NOARP);
}

}  // namespace penstock::bridge
