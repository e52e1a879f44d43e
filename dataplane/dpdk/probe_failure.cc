#include "dataplane/dpdk/probe_failure.h"

#include <array>

namespace penstock {
namespace {

struct Remedy {
  std::string_view logged;
  std::string_view text;
};

// As DPDK 22.11 words them, and strerror(). The first that fits: what is more special comes first.
constexpr std::array kRemedies = {
    Remedy{"failed to parse device",
           "DPDK knows no PCI bus: apt-get install 'librte-bus-pci*' and the librte-net-* of the "
           "NIC"},
    Remedy{"No supported IOMMU extensions",
           "the kernel's module for IOMMUs is not loaded: modprobe vfio_iommu_type1"},
    Remedy{
        "failed to select IOMMU type",
        "vfio-pci does not trust this machine's interrupts, because its IOMMU does not remap "
        "them: switch that on in the firmware, or, where only you can reach the device, modprobe "
        "vfio_iommu_type1 allow_unsafe_interrupts=1"},
    Remedy{"Device or resource busy",
           "another program has the device: end it (fuser -v /dev/vfio/*)"},
    Remedy{"Permission denied",
           "run as root, or give the user the files in /dev/vfio that the log names"},
    Remedy{"Cannot allocate memory",
           "the process may not lock enough memory: ulimit -l unlimited, LimitMEMLOCK=infinity of "
           "systemd, or run as root"},
    Remedy{"Expecting 'PA' IOVA mode",
           "without an IOMMU (uio_pci_generic, igb_uio) a NIC needs huge pages: eal.hugepages = "
           "true, and run as root"},
};

std::string_view remedy_for(std::string_view log) {
  if (log.empty()) return "is the driver's package (librte-net-*) installed?";
  for (const Remedy& remedy : kRemedies) {
    if (log.find(remedy.logged) != std::string_view::npos) return remedy.text;
  }
  return "the kernel's log may say more (dmesg | grep -i vfio), and log.level = \"debug\" does";
}

}  // namespace

std::string explain_probe_failure(std::string_view device, std::string_view log) {
  std::string text = "no DPDK driver took " + std::string(device) + ": ";
  text += remedy_for(log);
  if (!log.empty()) text.append("\nDPDK said:\n").append(log);
  return text;
}

}  // namespace penstock
