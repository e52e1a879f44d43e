#include "controlplane/config/config_values.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "dataplane/base/ascii.h"

namespace penstock::config {
namespace {

template <typename T>
using Named = std::pair<std::string_view, T>;

template <typename T>
std::optional<T> find_named(std::span<const Named<T>> names, std::string_view text) {
  for (const auto& [name, value] : names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

// "0000:03:00.0": domain, bus, device, function.
bool is_pci_address(std::string_view text) {
  return text.size() == 12 && text[4] == ':' && text[7] == ':' && text[10] == '.' &&
         is_hex(text.substr(0, 4)) && is_hex(text.substr(5, 2)) && is_hex(text.substr(8, 2)) &&
         text[11] >= '0' && text[11] <= '7';
}

}  // namespace

const char* family_name(AddressFamily family) {
  return family == AddressFamily::kIpv4 ? "IPv4" : "IPv6";
}

AddressFamily family_of(const IpAddress& address) {
  return address.is_v4() ? AddressFamily::kIpv4 : AddressFamily::kIpv6;
}

bool parse_driver(std::string_view text, PortConfig& port) {
  using Driver = PortConfig::Driver;
  static constexpr std::array<Named<Driver>, 4> kDrivers = {{{"net_tap", Driver::kTap},
                                                             {"net_af_packet", Driver::kAfPacket},
                                                             {"net_af_xdp", Driver::kAfXdp},
                                                             {"sockets", Driver::kSockets}}};
  if (const auto driver = find_named<Driver>(kDrivers, text)) {
    port.driver = *driver;
    return true;
  }
  if (!text.starts_with("pci:") || !is_pci_address(text.substr(4))) return false;
  port.driver = Driver::kPci;
  port.pci_address = text.substr(4);
  return true;
}

std::optional<IpPrefix> parse_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_ip_address(text.substr(0, slash));
  const auto length = parse_number<unsigned>(text.substr(slash + 1));
  if (!address || !length || *length == 0 || address->is_unspecified()) return std::nullopt;
  if (*length > (address->is_v4() ? 32U : 128U)) return std::nullopt;
  return IpPrefix{*address, static_cast<std::uint8_t>(*length)};
}

std::optional<IpPrefix> parse_network(std::string_view text) {
  if (text.find('/') != std::string_view::npos) return parse_prefix(text);
  const auto address = parse_ip_address(text);
  if (!address || address->is_unspecified()) return std::nullopt;
  return IpPrefix{*address, static_cast<std::uint8_t>(address->is_v4() ? 32 : 128)};
}

std::optional<MacAddress> parse_mac(std::string_view text) {
  if (text.size() != 17) return std::nullopt;
  MacAddress mac{};
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const std::string_view pair = text.substr(i * 3, 2);
    if (!is_hex(pair) || (i + 1 < mac.size() && text[i * 3 + 2] != ':')) return std::nullopt;
    mac[i] = static_cast<std::uint8_t>(*parse_number<unsigned>(pair, 16));
  }
  const bool is_multicast = (mac[0] & 1) != 0;
  if (is_multicast || mac == MacAddress{}) return std::nullopt;
  return mac;
}

std::optional<std::string> parse_interface(std::string_view text) {
  // What the kernel allows (IFNAMSIZ), less what would break a DPDK device argument.
  const bool is_safe = std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '/' && c != ',' && c != '=' && c != ':';
  });
  if (text.empty() || text.size() > 15 || !is_safe || text == "." || text == "..") {
    return std::nullopt;
  }
  return std::string(text);
}

std::optional<WorkersConfig::Polling> parse_polling(std::string_view text) {
  using Polling = WorkersConfig::Polling;
  static constexpr std::array<Named<Polling>, 2> kNames = {
      {{"adaptive", Polling::kAdaptive}, {"spin", Polling::kSpin}}};
  return find_named<Polling>(kNames, text);
}

std::optional<SrtpConfig::Backend> parse_backend(std::string_view text) {
  using Backend = SrtpConfig::Backend;
  static constexpr std::array<Named<Backend>, 4> kNames = {{{"auto", Backend::kAuto},
                                                            {"ipsec-mb", Backend::kIpsecMb},
                                                            {"vaes", Backend::kVaes},
                                                            {"libsrtp", Backend::kLibsrtp}}};
  return find_named<Backend>(kNames, text);
}

std::optional<ClientAddressHeader> parse_client_address_header(std::string_view text) {
  using Header = ClientAddressHeader;
  static constexpr std::array<Named<Header>, 2> kNames = {
      {{"X-Forwarded-For", Header::kXForwardedFor}, {"Forwarded", Header::kForwarded}}};
  return find_named<Header>(kNames, text);
}

std::optional<LogConfig::Level> log_level_from(std::string_view name) {
  using Level = LogConfig::Level;
  static constexpr std::array<Named<Level>, 6> kNames = {{{"trace", Level::kTrace},
                                                          {"debug", Level::kDebug},
                                                          {"info", Level::kInfo},
                                                          {"warning", Level::kWarning},
                                                          {"error", Level::kError},
                                                          {"off", Level::kOff}}};
  return find_named<Level>(kNames, name);
}

std::optional<std::string> text_element(const toml::node& node) {
  const auto text = node.value_exact<std::string>();
  return text && !text->empty() ? text : std::nullopt;
}

std::optional<SrtpProfile> profile_element(const toml::node& node) {
  const auto text = node.value_exact<std::string_view>();
  if (!text) return std::nullopt;
  for (const SrtpProfile profile :
       {SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAeadAes256Gcm, SrtpProfile::kAes128CmSha1_80}) {
    if (to_string(profile) == *text) return profile;
  }
  return std::nullopt;
}

// Without what would end the <...> of a Link field.
std::optional<std::string> ice_server_element(const toml::node& node) {
  auto text = node.value_exact<std::string>();
  if (!text) return std::nullopt;
  const bool is_known =
      std::ranges::any_of(std::array{"stun:", "stuns:", "turn:", "turns:"},
                          [&](const char* scheme) { return text->starts_with(scheme); });
  const bool is_plain = std::ranges::all_of(
      *text, [](char c) { return c > ' ' && c < 0x7F && c != '<' && c != '>' && c != '"'; });
  return is_known && is_plain ? text : std::nullopt;
}

std::optional<std::string> origin_element(const toml::node& node) {
  auto text = node.value_exact<std::string>();
  if (!text || *text == "*") return text;
  const std::size_t scheme = text->starts_with("https://")  ? 8
                             : text->starts_with("http://") ? 7
                                                            : 0;
  const bool is_origin = scheme != 0 && text->size() > scheme &&
                         text->find('/', scheme) == std::string::npos &&
                         std::all_of(text->begin(), text->end(),
                                     [](char c) { return c > ' ' && c < 0x7F && c != '*'; });
  return is_origin ? text : std::nullopt;
}

std::optional<IpAddress> address_element(const toml::node& node) {
  const auto text = node.value_exact<std::string_view>();
  if (!text) return std::nullopt;
  const auto address = parse_ip_address(*text);
  if (!address || address->is_unspecified()) return std::nullopt;
  return *address;
}

std::optional<IpPrefix> network_element(const toml::node& node) {
  const auto text = node.value_exact<std::string_view>();
  return text ? parse_network(*text) : std::nullopt;
}

std::optional<IpPrefix> destination_element(const toml::node& node) {
  const auto text = node.value_exact<std::string_view>();
  if (text == "0.0.0.0/0") return IpPrefix{IpAddress::from_v4({0, 0, 0, 0}), 0};
  if (text == "::/0") return IpPrefix{IpAddress{}, 0};
  return network_element(node);
}

std::optional<Codec> parse_codec(std::string_view text) {
  static constexpr std::array<Named<Codec>, 5> kNames = {{{"opus", Codec::kOpus},
                                                          {"vp8", Codec::kVp8},
                                                          {"vp9", Codec::kVp9},
                                                          {"h264", Codec::kH264},
                                                          {"av1", Codec::kAv1}}};
  return find_named<Codec>(kNames, text);
}

bool IpPrefix::contains(const IpAddress& other) const {
  return share_prefix(address, other, length);
}

std::string to_string(const IpPrefix& prefix) {
  return to_string(prefix.address) + "/" + std::to_string(prefix.length);
}

}  // namespace penstock::config
