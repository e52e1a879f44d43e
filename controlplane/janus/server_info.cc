#include <algorithm>
#include <charconv>

#include "controlplane/janus/core.h"

namespace penstock::janus {
namespace {

// "1.2.3" as 10203, a number that grows with versions.
std::uint64_t version_number(std::string_view text) {
  std::uint64_t number = 0;
  for (int part = 0; part < 3; ++part) {
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto used = static_cast<std::size_t>(parsed.ptr - text.data());
    text.remove_prefix(std::min(used + 1, text.size()));
    number = number * 100 + std::min<std::uint64_t>(value, 99);
  }
  return number;
}

ObjectText component(std::string_view name, std::string_view description,
                     std::string_view version) {
  return {{"name", name},
          {"author", "The Penstock authors"},
          {"description", description},
          {"version_string", version},
          {"version", version_number(version)}};
}

}  // namespace

ObjectText server_info(const JanusConfig& config, bool is_accepting_sessions) {
  const std::string& version = config.version;
  ObjectText transports{
      {"janus.transport.http", component("Penstock HTTP", "Janus API over HTTP", version).json()},
      {"janus.transport.websockets",
       component("Penstock WebSockets", "Janus API over WebSockets", version).json()}};
  ObjectText plugins{
      {VideoRoom::kPackage,
       component("Penstock VideoRoom",
                 "Selective forwarding, compatible with the VideoRoom plugin of Janus", version)
           .json()}};
  return {{"janus", "server_info"},
          {"name", "Penstock"},
          {"version", version_number(version)},
          {"version_string", version},
          {"author", "The Penstock authors"},
          {"data_channels", true},
          {"accepting-new-sessions", is_accepting_sessions},
          {"session-timeout", config.session_timeout / kSecond},
          {"reclaim-session-timeout", config.reclaim_session_timeout / kSecond},
          {"server-name", config.server_name},
          {"local-ip", config.local_ip},
          {"ipv6", config.has_ipv6},
          {"ice-lite", true},
          {"ice-tcp", false},
          {"ice-nomination", "regular"},
          {"ice-consent-freshness", true},
          {"full-trickle", false},
          {"mdns-enabled", false},
          {"api_secret", !config.api_secret.empty()},
          {"auth_token", config.tokens.are_needed},
          {"event_handlers", false},
          {"opaqueid_in_api", config.has_opaque_id_in_api},
          {"static-event-loops", 0},
          {"loop-indication", false},
          {"dependencies", ObjectText{}.json()},
          {"transports", std::move(transports).json()},
          {"events", ObjectText{}.json()},
          {"loggers", ObjectText{}.json()},
          {"plugins", std::move(plugins).json()}};
}

}  // namespace penstock::janus
