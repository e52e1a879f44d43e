#include "dataplane/dpdk/device_checks.h"

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace penstock {
namespace {

// A file descriptor for the length of a check.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string reason(int error) { return std::strerror(error); }

std::string capability_remedy(const std::string& capabilities) {
  return "run as root, or give the program the capabilities: setcap " + capabilities +
         "+ep <program>; in a container: --cap-add";
}

ifreq request_for(const std::string& device) {
  ifreq request{};
  device.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

DeviceCheck check_name(const std::string& device) {
  // What the kernel allows, and no comma: the name becomes part of a driver's argument list.
  const bool is_usable = !device.empty() && device.size() < IFNAMSIZ &&
                         device.find_first_of("/, \t\n=:") == std::string::npos;
  if (!is_usable) {
    return std::unexpected("\"" + device + "\" is not a name for a network interface: 1 to " +
                           std::to_string(IFNAMSIZ - 1) + " characters");
  }
  return {};
}

DeviceCheck check_interface(const std::string& device) {
  if (auto named = check_name(device); !named) {
    return named;
  }
  if (::if_nametoindex(device.c_str()) == 0) {
    return std::unexpected("there is no interface " + device +
                           " here: `ip link` lists those there are");
  }
  const Descriptor fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = request_for(device);
  if (::ioctl(fd.get(), SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) == 0) {
    return std::unexpected("interface " + device + " is down: ip link set " + device + " up");
  }
  return {};
}

// vfio-pci takes no device that has no IOMMU in front of it.
std::string remedy_without_iommu(const std::string& address) {
  return "vfio-pci needs an IOMMU, and this machine has none switched on: intel_iommu=on or "
         "amd_iommu=on on the kernel's command line. Without one: eal.hugepages = true, modprobe "
         "uio_pci_generic, dpdk-devbind.py --bind=uio_pci_generic " +
         address;
}

// The bits of CapEff in /proc/self/status.
bool has_capability(int capability) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("CapEff:")) {
      const std::uint64_t bits = std::strtoull(line.c_str() + 7, nullptr, 16);
      return ((bits >> capability) & 1U) != 0;
    }
  }
  return true;  // no /proc: let the driver find out
}

constexpr int kCapNetAdmin = 12;
constexpr int kCapNetRaw = 13;
constexpr int kCapSysAdmin = 21;
constexpr int kCapBpf = 39;

}  // namespace

DeviceCheck check_tap(const std::string& device) {
  if (auto named = check_name(device); !named) {
    return named;
  }
  if (::if_nametoindex(device.c_str()) != 0) {
    return std::unexpected("interface " + device +
                           " exists already: another server is running, or choose another name");
  }
  const Descriptor fd(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  if (fd.get() < 0) {
    return std::unexpected("cannot open /dev/net/tun: " + reason(errno) +
                           "; modprobe tun, in a container: --device /dev/net/tun");
  }
  ifreq request = request_for(device);
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE);
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) {
    const int error = errno;
    return std::unexpected("cannot make the TAP device " + device + ": " + reason(error) + "; " +
                           (error == EPERM ? capability_remedy("cap_net_admin") +
                                                 "; port.driver = \"sockets\" needs neither"
                                           : std::string("is it in use by another program?")));
  }
  return {};
}

DeviceCheck check_af_packet(const std::string& device) {
  if (auto found = check_interface(device); !found) {
    return found;
  }
  const Descriptor fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) {
    const int error = errno;
    return std::unexpected("cannot open a packet socket on " + device + ": " + reason(error) +
                           "; " + capability_remedy("cap_net_raw,cap_net_admin"));
  }
  return {};
}

DeviceCheck check_af_xdp(const std::string& device) {
  if (auto found = check_interface(device); !found) {
    return found;
  }
  if (!has_capability(kCapNetAdmin) || !has_capability(kCapNetRaw) ||
      !(has_capability(kCapBpf) || has_capability(kCapSysAdmin))) {
    return std::unexpected("AF_XDP on " + device + " is not permitted; " +
                           capability_remedy("cap_net_raw,cap_net_admin,cap_bpf,cap_ipc_lock"));
  }
  const Descriptor fd(::socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) {
    return std::unexpected("cannot open an AF_XDP socket: " + reason(errno) +
                           "; the kernel needs CONFIG_XDP_SOCKETS, or use AF_PACKET");
  }
  return {};
}

DeviceCheck check_pci(const std::string& address, const std::string& sysfs) {
  namespace fs = std::filesystem;
  static constexpr std::array<std::string_view, 6> kUsable = {
      "vfio-pci", "igb_uio", "uio_pci_generic", "mlx5_core", "mlx4_core", "mlx4_en"};
  std::error_code error;
  const fs::path folder = fs::path(sysfs) / "bus/pci/devices" / address;
  if (address.empty() || !fs::exists(folder, error)) {
    return std::unexpected("there is no PCI device " + address +
                           ": `dpdk-devbind.py --status-dev net` lists NICs, e.g. 0000:03:00.0");
  }
  const fs::path driver = fs::read_symlink(folder / "driver", error).filename();
  if (std::ranges::find(kUsable, driver.string()) != kUsable.end()) return {};
  const bool has_iommu = fs::exists(folder / "iommu_group", error);
  return std::unexpected(
      "PCI device " + address + " is bound to " +
      (driver.empty() ? "no driver" : "the kernel's driver " + driver.string()) + ": " +
      (has_iommu ? "dpdk-devbind.py --bind=vfio-pci " + address : remedy_without_iommu(address)));
}

DeviceCheck check_hugepages(std::size_t memory_mib) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::size_t free_kib = 0;
  for (const auto& size : fs::directory_iterator("/sys/kernel/mm/hugepages", error)) {
    const std::string name = size.path().filename();  // hugepages-2048kB
    std::size_t free_pages = 0;
    std::ifstream(size.path() / "free_hugepages") >> free_pages;
    free_kib += free_pages * std::strtoull(name.c_str() + std::strlen("hugepages-"), nullptr, 10);
  }
  if (free_kib / 1'024 < memory_mib) {
    return std::unexpected(std::to_string(free_kib / 1'024) + " MiB are free in huge pages, " +
                           std::to_string(memory_mib) + " MiB are needed: sysctl vm.nr_hugepages=" +
                           std::to_string(memory_mib / 2 + 1) + ", or run without huge pages");
  }
  return {};
}

std::size_t interface_queue_count(const std::string& device) {
  const Descriptor fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ethtool_channels channels{};
  channels.cmd = ETHTOOL_GCHANNELS;
  ifreq request = request_for(device);
  request.ifr_data = reinterpret_cast<char*>(&channels);
  if (::ioctl(fd.get(), SIOCETHTOOL, &request) != 0) {
    return 1;
  }
  const std::uint32_t receive = std::max(channels.rx_count, channels.combined_count);
  return std::max<std::size_t>(receive, 1);
}

std::uint16_t interface_mtu(const std::string& device) {
  const Descriptor fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = request_for(device);
  if (::ioctl(fd.get(), SIOCGIFMTU, &request) != 0) return UINT16_MAX;
  return static_cast<std::uint16_t>(std::min(request.ifr_mtu, UINT16_MAX));
}

}  // namespace penstock
