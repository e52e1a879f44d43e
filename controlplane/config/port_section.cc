#include "controlplane/config/port_section.h"

#include <optional>
#include <string>

#include "controlplane/config/config_values.h"

namespace penstock::config {
namespace {

constexpr std::uint32_t kVlanIdMax = 4'094;  // IEEE 802.1Q

void read_driver(ConfigSection& section, PortConfig& port) {
  section.read("driver",
               R"("net_tap", "net_af_packet", "net_af_xdp", "sockets" or "pci:DDDD:BB:DD.F")",
               [&](const toml::node& node) {
                 const auto text = node.value_exact<std::string_view>();
                 return text && parse_driver(*text, port);
               });
}

// Addresses are absent if the key is empty text: that is how IPv6 is switched off.
void read_prefix(ConfigSection& section, std::string_view key, AddressFamily family,
                 std::optional<IpPrefix>& out) {
  const std::string expected = std::string("an ") + family_name(family) +
                               R"( address with its prefix length, or "" for none)";
  section.read_parsed(
      key, expected,
      [family](std::string_view text) -> std::optional<std::optional<IpPrefix>> {
        if (text.empty()) return std::optional<IpPrefix>();
        const std::optional<IpPrefix> prefix = parse_prefix(text);
        if (!prefix || family_of(prefix->address) != family) return std::nullopt;
        return prefix;
      },
      out);
}

void read_gateway(ConfigSection& section, std::string_view key, AddressFamily family,
                  std::optional<IpAddress>& out) {
  section.read_parsed(
      key, std::string("an ") + family_name(family) + " address",
      [family](std::string_view text) -> std::optional<IpAddress> {
        const auto address = parse_ip_address(text);
        if (!address || family_of(*address) != family || address->is_unspecified()) {
          return std::nullopt;
        }
        return *address;
      },
      out);
}

// The kernel's sockets have the host's addresses and ways; the other drivers have neither.
void check_addresses(ConfigSection& section, const PortConfig& port) {
  if (port.driver != PortConfig::Driver::kSockets) {
    if (!port.addresses.empty())
      section.fail("addresses",
                   "only \"sockets\" has addresses of the host; the other drivers "
                   "have port.ipv4 and port.ipv6");
    return;
  }
  const auto refuse = [&](const char* key, bool is_set) {
    if (is_set) section.fail(key, "\"sockets\" has the host's own addresses: port.addresses");
  };
  refuse("ipv4", port.ipv4.has_value());
  refuse("ipv6", port.ipv6.has_value());
  refuse("ipv4_gateway", port.ipv4_gateway.has_value());
  refuse("ipv6_gateway", port.ipv6_gateway.has_value());
}

void check_port(ConfigSection& section, const PortConfig& port) {
  check_addresses(section, port);
  if (port.driver == PortConfig::Driver::kSockets) {
    if (port.vlan != 0) section.fail("vlan", "\"sockets\" has the host's own interfaces");
    return;
  }
  if (!port.ipv4 && !port.ipv6) section.fail("ipv4", "ipv4 and ipv6 must not both be empty");
  if (port.ipv4_gateway && !(port.ipv4 && port.ipv4->contains(*port.ipv4_gateway))) {
    section.fail("ipv4_gateway", "the gateway must lie within the prefix of port.ipv4");
  }
  if (port.ipv6_gateway && !(port.ipv6 && port.ipv6->contains(*port.ipv6_gateway))) {
    section.fail("ipv6_gateway", "the gateway must lie within the prefix of port.ipv6");
  }
  if ((port.driver == PortConfig::Driver::kAfPacket || port.driver == PortConfig::Driver::kAfXdp) &&
      !section.has("interface")) {
    section.fail("interface", "this driver needs the name of an existing network device");
  }
}

}  // namespace

void read_port(ConfigSection section, PortConfig& port) {
  read_driver(section, port);
  section.read_parsed("interface", "the name of a network device, 1 to 15 characters",
                      parse_interface, port.interface);
  section.read_parsed("mac", "a unicast MAC address such as \"02:00:00:00:00:01\"", parse_mac,
                      port.mac);
  // Only the TAP device has defaults: another network's addresses cannot be guessed.
  if (port.driver != PortConfig::Driver::kTap) {
    port.ipv4 = port.ipv6 = port.host_ipv4 = port.host_ipv6 = std::nullopt;
  }
  read_prefix(section, "ipv4", AddressFamily::kIpv4, port.ipv4);
  read_prefix(section, "ipv6", AddressFamily::kIpv6, port.ipv6);
  read_gateway(section, "ipv4_gateway", AddressFamily::kIpv4, port.ipv4_gateway);
  read_gateway(section, "ipv6_gateway", AddressFamily::kIpv6, port.ipv6_gateway);
  read_prefix(section, "host_ipv4", AddressFamily::kIpv4, port.host_ipv4);
  read_prefix(section, "host_ipv6", AddressFamily::kIpv6, port.host_ipv6);
  section.read_integer("udp_port", {1'024, 65'535 - kWorkersMax + 1}, port.udp_port);
  section.read_integer("descriptors", {kNicRingEntries, kNicRingEntriesMax}, port.descriptors);
  section.read_integer("vlan", {0, kVlanIdMax}, port.vlan);
  section.read_bool("media_checksums", port.media_checksums);
  section.read_bool("checksum_offload", port.checksum_offload);
  section.read_list("addresses", "a list of distinct IPv4 and IPv6 addresses", address_element,
                    port.addresses);
  if (port.addresses.size() > kHostAddressesMax) {
    section.fail("addresses", "at most " + std::to_string(kHostAddressesMax) + " addresses");
  }
  section.read_integer("receive_buffer_bytes", {kSocketBufferBytesMin, kSocketBufferBytesMax},
                       port.receive_buffer_bytes);
  section.read_integer("send_buffer_bytes", {kSocketBufferBytesMin, kSocketBufferBytesMax},
                       port.send_buffer_bytes);
  check_port(section, port);
  section.finish();
}

}  // namespace penstock::config
