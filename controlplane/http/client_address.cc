#include "controlplane/http/client_address.h"

#include <algorithm>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/base/ascii.h"

namespace penstock {
namespace {

constexpr std::string_view kWhitespace = " \t";  // OWS (RFC 9110 section 5.6.3)

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(kWhitespace), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(kWhitespace) + 1);
}

// Empty text is no port; nothing for what is not ":1" to ":65535".
std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty()) return std::uint16_t{0};
  const auto port = parse_number<std::uint16_t>(text.substr(1));
  return text.front() == ':' && port != 0 ? port : std::nullopt;
}

// An address as proxies write it: "192.0.2.1", "2001:db8::1", "[2001:db8::1]", the first and last
// also with a port (RFC 7239 section 6). Names that hide an address, such as "unknown", are none.
std::optional<SocketAddress> parse_node(std::string_view text) {
  const bool is_bracketed = text.starts_with('[');
  const bool is_bare_v6 = !is_bracketed && std::ranges::count(text, ':') > 1;
  const std::size_t end = std::min(
      is_bracketed ? text.find(']') : (is_bare_v6 ? text.size() : text.find(':')), text.size());
  if (is_bracketed && end == text.size()) return std::nullopt;
  const std::string_view inside = text.substr(is_bracketed ? 1 : 0, end - (is_bracketed ? 1 : 0));
  const auto port = parse_port(text.substr(is_bracketed ? end + 1 : end));
  const auto address = parse_ip_address(inside);
  if (!port || !address || inside.find('\0') != std::string_view::npos) return std::nullopt;
  return SocketAddress{*address, *port};
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_alphanumeric(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

// Takes a value (RFC 7239 section 4) off the front: a token, or a quoted string without its quotes.
std::optional<std::string> take_value(std::string_view& rest) {
  std::string value;
  if (!rest.starts_with('"')) {
    value = rest.substr(0, rest.find_first_of(" \t;,"));
    if (!is_token(value)) return std::nullopt;
    rest.remove_prefix(value.size());
    return value;
  }
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return value;
    }
    if (rest[i] == '\\') ++i;  // what follows stands for itself
    if (i < rest.size()) value += rest[i];
  }
  return std::nullopt;
}

// Takes a pair (RFC 7239 section 4) off the front, up to the separator behind it: its value if it
// is named "for", empty text if not; nothing if it is malformed.
std::optional<std::string> take_pair(std::string_view& rest) {
  const std::string_view name = rest.substr(0, rest.find('='));
  if (!is_token(name) || name.size() == rest.size()) return std::nullopt;
  rest.remove_prefix(name.size() + 1);
  auto value = take_value(rest);
  rest = trimmed(rest);
  if (!value || (!rest.empty() && rest.front() != ',' && rest.front() != ';')) return std::nullopt;
  return equals_ignoring_case(name, "for") ? value : "";
}

// The "for" of each element of a Forwarded field, empty where there is none; nothing if the field
// is malformed anywhere, because then it is not known where its elements end.
std::optional<std::vector<std::string>> forwarded_nodes(std::string_view field) {
  std::vector<std::string> nodes;
  bool is_new_element = true;
  for (std::string_view rest = trimmed(field); !rest.empty(); rest = trimmed(rest)) {
    if (rest.front() == ',' || rest.front() == ';') {
      is_new_element = is_new_element || rest.front() == ',';
      rest.remove_prefix(1);
      continue;
    }
    auto node = take_pair(rest);
    if (!node) return std::nullopt;
    if (std::exchange(is_new_element, false)) nodes.emplace_back();
    if (node->empty()) continue;
    if (!nodes.back().empty()) return std::nullopt;  // it may be there once
    nodes.back() = *std::move(node);
  }
  return nodes;
}

std::vector<std::string> x_forwarded_for_nodes(std::string_view field) {
  std::vector<std::string> nodes;
  for (const auto part : std::views::split(field, ',')) {
    const std::string_view node = trimmed({part.begin(), part.end()});
    // An element of a list may be empty (RFC 9110 section 5.6.1.2).
    if (!node.empty()) nodes.emplace_back(node);
  }
  return nodes;
}

}  // namespace

bool is_in(std::span<const IpPrefix> prefixes, const IpAddress& address) {
  return std::ranges::any_of(prefixes,
                             [&](const IpPrefix& prefix) { return prefix.contains(address); });
}

std::optional<SocketAddress> forwarded_client(config::ClientAddressHeader header,
                                              std::span<const std::string_view> values,
                                              std::span<const IpPrefix> trusted_proxies) {
  std::optional<SocketAddress> nearest;
  for (const std::string_view value : std::views::reverse(values)) {
    const auto nodes = header == config::ClientAddressHeader::kForwarded
                           ? forwarded_nodes(value)
                           : std::optional(x_forwarded_for_nodes(value));
    if (!nodes) return std::nullopt;
    for (const std::string& node : std::views::reverse(*nodes)) {
      nearest = parse_node(node);
      if (!nearest || !is_in(trusted_proxies, nearest->ip)) return nearest;
    }
  }
  return nearest;
}

}  // namespace penstock
