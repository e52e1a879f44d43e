// What clients ask about RTP forwarders: rtp_forward, stop_rtp_forward, listforwarders. Read from
// JSON here, followed in videoroom/forward_verbs.cc. Pure functions; views point into the request.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "controlplane/janus/requests/reading.h"
#include "controlplane/media/media.h"

namespace penstock::janus {

// A host as clients name it: an address, or a name, of which an address of one family may be
// wanted.
struct WantedHost {
  enum class Family : std::uint8_t { kAny, kIpv4, kIpv6 };

  std::string_view name;
  Family family = Family::kAny;
};

// From `host` and `host_family`, which have passed their checks. Nothing: there is no host.
std::expected<std::optional<WantedHost>, Error> read_wanted_host(const json::object& object);

// One forwarder.
struct WantedForwarder {
  std::optional<std::string_view> mid;  // nothing: the publisher's first of this kind
  MediaKind kind = MediaKind::kVideo;   // meaningful without a mid
  WantedHost host;
  std::uint16_t port = 0;
  std::uint16_t rtcp_port = 0;  // 0: no RTCP
  std::uint8_t payload_type = 0;
  std::uint32_t ssrc = 0;
  std::uint8_t substream = 0;
  bool takes_largest = false;  // of simulcast, whatever the substream is
  std::optional<SrtpKeys> keys;
};

struct ForwardRequest {
  ManagedRoom room;
  room::Id publisher;
  std::optional<std::string_view> admin_key;
  std::vector<WantedForwarder> forwarders;
  bool is_flat = false;  // the oldest form: one stream of each kind, and another answer
};
std::expected<ForwardRequest, Error> read_forward(const json::object& body, IdReader ids);

struct StopForwardRequest {
  ManagedRoom room;
  room::Id publisher;
  std::optional<std::string_view> admin_key;
  std::uint32_t forwarder = 0;
};
std::expected<StopForwardRequest, Error> read_stop_forward(const json::object& body, IdReader ids);

std::expected<ManagedRoom, Error> read_list_forwarders(const json::object& body, IdReader ids);

}  // namespace penstock::janus
