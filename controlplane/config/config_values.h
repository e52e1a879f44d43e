// The kinds of values that configuration keys have, from their text. Each parser returns nothing
// if the text is not of its kind. Used by config.cc alone.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "controlplane/config/config.h"

namespace penstock::config {

enum class AddressFamily : std::uint8_t { kIpv4, kIpv6 };

const char* family_name(AddressFamily family);
AddressFamily family_of(const IpAddress& address);

// Sets driver and pci_address.
bool parse_driver(std::string_view text, PortConfig& port);
std::optional<IpPrefix> parse_prefix(std::string_view text);
// Also an address alone, which is a network of one.
std::optional<IpPrefix> parse_network(std::string_view text);
std::optional<MacAddress> parse_mac(std::string_view text);
std::optional<std::string> parse_interface(std::string_view text);
std::optional<WorkersConfig::Polling> parse_polling(std::string_view text);
std::optional<SrtpConfig::Backend> parse_backend(std::string_view text);
std::optional<ClientAddressHeader> parse_client_address_header(std::string_view text);

// Elements of lists.
std::optional<std::string> text_element(const toml::node& node);
std::optional<SrtpProfile> profile_element(const toml::node& node);
std::optional<std::string> origin_element(const toml::node& node);
// An URI of STUN or TURN (RFC 7064, RFC 7065).
std::optional<std::string> ice_server_element(const toml::node& node);
std::optional<IpAddress> address_element(const toml::node& node);
std::optional<IpPrefix> network_element(const toml::node& node);
// Also everything of a family.
std::optional<IpPrefix> destination_element(const toml::node& node);

// The codec with this name in lower case, as the Janus API has it.
std::optional<Codec> parse_codec(std::string_view text);

template <MediaKind kind>
std::optional<Codec> codec_element(const toml::node& node) {
  const auto text = node.value_exact<std::string_view>();
  if (!text) return std::nullopt;
  const std::optional<Codec> codec = parse_codec(*text);
  return codec && codec_kind(*codec) == kind ? codec : std::nullopt;
}

}  // namespace penstock::config
