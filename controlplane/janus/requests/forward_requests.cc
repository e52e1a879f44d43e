#include "controlplane/janus/requests/forward_requests.h"

#include <array>
#include <string>

#include "controlplane/janus/requests/sdes_key.h"

namespace penstock::janus {
namespace {

using enum JsonType;

constexpr Field kForwardFields[] = {
    {"host", kString},
    {"host_family", kString},
    {"simulcast", kBoolean},
    {"srtp_suite", kPositiveInteger},
    {"srtp_crypto", kString},
    {"streams", kArray},
    {"audio_port", kPositiveInteger},
    {"audio_rtcp_port", kPositiveInteger},
    {"audio_ssrc", kPositiveInteger},
    {"audio_pt", kPositiveInteger},
    {"video_port", kPositiveInteger},
    {"video_rtcp_port", kPositiveInteger},
    {"video_ssrc", kPositiveInteger},
    {"video_pt", kPositiveInteger},
    {"video_port_2", kPositiveInteger},
    {"video_ssrc_2", kPositiveInteger},
    {"video_pt_2", kPositiveInteger},
    {"video_port_3", kPositiveInteger},
    {"video_ssrc_3", kPositiveInteger},
    {"video_pt_3", kPositiveInteger},
    {"data_port", kPositiveInteger},
};
constexpr Field kForwardedFields[] = {
    {"mid", kString, true},           {"host", kString},
    {"host_family", kString},         {"simulcast", kBoolean},
    {"srtp_suite", kPositiveInteger}, {"srtp_crypto", kString},
    {"port", kPositiveInteger, true}, {"rtcp_port", kPositiveInteger},
    {"ssrc", kPositiveInteger},       {"pt", kPositiveInteger},
    {"port_2", kPositiveInteger},     {"ssrc_2", kPositiveInteger},
    {"pt_2", kPositiveInteger},       {"port_3", kPositiveInteger},
    {"ssrc_3", kPositiveInteger},     {"pt_3", kPositiveInteger},
};

constexpr std::uint64_t kPortMax = 65'535;
constexpr std::uint64_t kPayloadTypeMax = 127;
constexpr std::uint64_t kSsrcMax = 0xFFFF'FFFF;

std::expected<std::uint64_t, Error> read_number(const json::object& object, const std::string& name,
                                                std::uint64_t max) {
  const std::uint64_t value = get_uint(object, name).value_or(0);
  if (value <= max) return value;
  return fail(RoomError::kInvalidElement,
              "Invalid element (" + name + " should be at most " + std::to_string(max) + ")");
}

// What counts for a stream unless it says something else.
struct Defaults {
  std::optional<WantedHost> host;
  bool takes_largest = false;
  std::optional<SrtpKeys> keys;
};

std::expected<Defaults, Error> read_defaults(const json::object& object, const Defaults& outer) {
  Defaults defaults = outer;
  const auto host = read_wanted_host(object);
  if (!host) return std::unexpected(host.error());
  if (*host) defaults.host = **host;
  const auto keys = read_srtp_keys(object);
  if (!keys) return std::unexpected(keys.error());
  if (*keys) defaults.keys = *keys;
  defaults.takes_largest = get_bool(object, "simulcast").value_or(outer.takes_largest);
  return defaults;
}

// The forwarder of one port: `prefix` is of a kind of media in the flat form, `suffix` of a
// substream. Nothing: there is no such port.
std::expected<std::optional<WantedForwarder>, Error> read_port(const json::object& object,
                                                               const std::string& prefix,
                                                               std::uint8_t substream,
                                                               const Defaults& defaults) {
  const std::string suffix = substream == 0 ? "" : "_" + std::to_string(substream + 1);
  const auto port = read_number(object, prefix + "port" + suffix, kPortMax);
  if (!port) return std::unexpected(port.error());
  if (*port == 0) return std::nullopt;
  if (!defaults.host) {
    return fail(RoomError::kMissingElement, "Missing mandatory element host (global or local)");
  }
  const auto payload_type = read_number(object, prefix + "pt" + suffix, kPayloadTypeMax);
  if (!payload_type) return std::unexpected(payload_type.error());
  const auto ssrc = read_number(object, prefix + "ssrc" + suffix, kSsrcMax);
  if (!ssrc) return std::unexpected(ssrc.error());
  WantedForwarder wanted{.mid = std::nullopt,
                         .host = *defaults.host,
                         .port = static_cast<std::uint16_t>(*port),
                         .payload_type = static_cast<std::uint8_t>(*payload_type),
                         .ssrc = static_cast<std::uint32_t>(*ssrc),
                         .substream = substream,
                         .takes_largest = defaults.takes_largest,
                         .keys = defaults.keys};
  if (substream != 0) return wanted;
  const auto rtcp_port = read_number(object, prefix + "rtcp_port", kPortMax);
  if (!rtcp_port) return std::unexpected(rtcp_port.error());
  wanted.rtcp_port = static_cast<std::uint16_t>(*rtcp_port);
  return wanted;
}

// All substreams of one stream; with `takes_largest` there is one.
std::expected<void, Error> add_ports(const json::object& object, const std::string& prefix,
                                     std::optional<std::string_view> mid, MediaKind kind,
                                     const Defaults& defaults,
                                     std::vector<WantedForwarder>& forwarders) {
  const std::uint8_t substreams = kind == MediaKind::kVideo && !defaults.takes_largest ? 3 : 1;
  for (std::uint8_t substream = 0; substream < substreams; ++substream) {
    auto wanted = read_port(object, prefix, substream, defaults);
    if (!wanted) return std::unexpected(wanted.error());
    if (!*wanted) continue;
    (*wanted)->mid = mid;
    (*wanted)->kind = kind;
    forwarders.push_back(**wanted);
  }
  return {};
}

std::expected<void, Error> read_flat(const json::object& body, const Defaults& defaults,
                                     ForwardRequest& request) {
  if (!defaults.host) {
    return fail(RoomError::kMissingElement, "Missing mandatory element (host)");
  }
  using enum MediaKind;
  for (const auto& [prefix, kind] :
       {std::pair("audio_", kAudio), std::pair("video_", kVideo), std::pair("data_", kData)}) {
    const auto added = add_ports(body, prefix, std::nullopt, kind, defaults, request.forwarders);
    if (!added) return added;
  }
  return {};
}

std::expected<void, Error> read_forwarded(const json::array& streams, const Defaults& defaults,
                                          ForwardRequest& request) {
  for (const json::value& item : streams) {
    if (!item.is_object()) return not_an_object("streams");
    const json::object& stream = item.get_object();
    if (const auto checked = check_room_fields(stream, kForwardedFields); !checked) return checked;
    const auto own = read_defaults(stream, defaults);
    if (!own) return std::unexpected(own.error());
    // Of audio and data the ports of substreams are left alone (videoroom/forward_verbs.cc).
    const auto added = add_ports(stream, "", get_string(stream, "mid"), MediaKind::kVideo, *own,
                                 request.forwarders);
    if (!added) return added;
  }
  return {};
}

// {publisher_id, admin_key}
std::expected<room::Id, Error> read_publisher_id(const json::object& body, IdReader ids) {
  const std::array<Field, 2> fields{ids.field("publisher_id", true), Field{"admin_key", kString}};
  if (const auto checked = check_room_fields(body, fields); !checked)
    return std::unexpected(checked.error());
  return ids.read(body, "publisher_id").value_or(room::Id());
}

}  // namespace

std::expected<std::optional<WantedHost>, Error> read_wanted_host(const json::object& object) {
  using enum WantedHost::Family;
  const auto name = get_string(object, "host");
  const auto family = get_string(object, "host_family");
  WantedHost host{.name = name.value_or("")};
  if (family && *family != "ipv4" && *family != "ipv6") {
    return fail(RoomError::kInvalidElement,
                "Unsupported protocol family (" + std::string(*family) + ")");
  }
  if (family) host.family = *family == "ipv4" ? kIpv4 : kIpv6;
  return name ? std::optional(host) : std::nullopt;
}

std::expected<ForwardRequest, Error> read_forward(const json::object& body, IdReader ids) {
  if (const auto checked = check_room_fields(body, kForwardFields); !checked)
    return std::unexpected(checked.error());
  auto room = read_managed_room(body, ids);
  if (!room) return std::unexpected(room.error());
  auto publisher = read_publisher_id(body, ids);
  if (!publisher) return std::unexpected(publisher.error());
  ForwardRequest request{.room = *std::move(room),
                         .publisher = *std::move(publisher),
                         .admin_key = get_string(body, "admin_key"),
                         .forwarders = {}};
  const auto defaults = read_defaults(body, {});
  if (!defaults) return std::unexpected(defaults.error());
  const json::array* streams = get_array(body, "streams");
  request.is_flat = streams == nullptr;
  const auto read = request.is_flat ? read_flat(body, *defaults, request)
                                    : read_forwarded(*streams, *defaults, request);
  if (!read) return std::unexpected(read.error());
  return request;
}

std::expected<StopForwardRequest, Error> read_stop_forward(const json::object& body, IdReader ids) {
  static constexpr Field kFields[] = {{"stream_id", kPositiveInteger, true}};
  auto room = read_managed_room(body, ids);
  if (!room) return std::unexpected(room.error());
  auto publisher = read_publisher_id(body, ids);
  if (!publisher) return std::unexpected(publisher.error());
  if (const auto checked = check_room_fields(body, kFields); !checked)
    return std::unexpected(checked.error());
  const auto forwarder = read_number(body, "stream_id", kSsrcMax);
  if (!forwarder) return std::unexpected(forwarder.error());
  return StopForwardRequest{.room = *std::move(room),
                            .publisher = *std::move(publisher),
                            .admin_key = get_string(body, "admin_key"),
                            .forwarder = static_cast<std::uint32_t>(*forwarder)};
}

std::expected<ManagedRoom, Error> read_list_forwarders(const json::object& body, IdReader ids) {
  return read_managed_room(body, ids);
}

}  // namespace penstock::janus
