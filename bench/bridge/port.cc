#include "bench/bridge/port.h"

#include <optional>
#include <stdexcept>

#include "bench/bridge/device.h"
#include "bench/bridge/packet_port.h"
#include "bench/bridge/tap_port.h"

namespace penstock::bridge {
namespace {

constexpr int kUsualMtu = 1'500;

// Of the devices that exist; a frame that fits one of them has to fit the other.
int common_mtu(const std::array<PortSpec, 2>& specs) {
  std::optional<int> common;
  for (const PortSpec& spec : specs) {
    if (spec.is_tap) continue;
    const int mtu = mtu_of_device(spec.name);
    if (common && *common != mtu) {
      throw std::runtime_error(specs[0].name + " has MTU " + std::to_string(*common) + ", " +
                               spec.name + " " + std::to_string(mtu) + "; remedy: ip link set " +
                               spec.name + " mtu " + std::to_string(*common));
    }
    common = mtu;
  }
  return common.value_or(kUsualMtu);
}

}  // namespace

PortSpec parse_port_spec(const std::string& text) {
  const std::string prefix = "tap:";
  if (!text.starts_with(prefix)) return {text, false};
  return {text.substr(prefix.size()), true};
}

Ports open_ports(const std::array<PortSpec, 2>& specs) {
  for (const PortSpec& spec : specs) {
    if (!spec.is_tap) take_over_device(spec.name);
  }
  const int mtu = common_mtu(specs);
  Ports ports;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].is_tap) {
      ports[i] = std::make_unique<TapPort>(specs[i].name, mtu);
    } else {
      ports[i] = std::make_unique<PacketPort>(specs[i].name);
    }
  }
  return ports;
}

}  // namespace penstock::bridge
