#include "controlplane/janus/requests/remote_requests.h"

#include <array>

#include "controlplane/janus/requests/sdes_key.h"

namespace penstock::janus {
namespace {

using enum JsonType;

// Whose media it is about: room and secret, then the publisher.
std::expected<ListRemotesRequest, Error> read_whose(const json::object& body, IdReader ids) {
  auto room = read_managed_room(body, ids);
  if (!room) return std::unexpected(room.error());
  const std::array<Field, 1> fields{ids.field("publisher_id", true)};
  if (const auto checked = check_room_fields(body, fields); !checked)
    return std::unexpected(checked.error());
  return ListRemotesRequest{*std::move(room), ids.read(body, "publisher_id").value_or(room::Id())};
}

}  // namespace

std::expected<PublishRemotelyRequest, Error> read_publish_remotely(const json::object& body,
                                                                   IdReader ids) {
  static constexpr Field kFields[] = {
      {"remote_id", kString, true},    {"host", kString, true},
      {"host_family", kString},        {"port", kPositiveInteger, true},
      {"rtcp_port", kPositiveInteger}, {"srtp_suite", kPositiveInteger},
      {"srtp_crypto", kString},        {"admin_key", kString}};
  auto whose = read_whose(body, ids);
  if (!whose) return std::unexpected(whose.error());
  if (const auto checked = check_room_fields(body, kFields); !checked)
    return std::unexpected(checked.error());
  const auto host = read_wanted_host(body);
  if (!host) return std::unexpected(host.error());
  const auto keys = read_srtp_keys(body);
  if (!keys) return std::unexpected(keys.error());
  const std::uint64_t port = *get_uint(body, "port");
  const std::uint64_t rtcp_port = get_uint(body, "rtcp_port").value_or(0);
  if (port == 0 || port > 65'535) {
    return fail(RoomError::kInvalidElement,
                "Invalid element (port must be a non-zero positive integer)");
  }
  if (rtcp_port > 65'535) {
    return fail(RoomError::kInvalidElement, "Invalid element (rtcp_port should be at most 65535)");
  }
  return PublishRemotelyRequest{.room = std::move(whose->room),
                                .publisher = std::move(whose->publisher),
                                .admin_key = get_string(body, "admin_key"),
                                .remote_id = *get_string(body, "remote_id"),
                                .host = host->value(),
                                .port = static_cast<std::uint16_t>(port),
                                .rtcp_port = static_cast<std::uint16_t>(rtcp_port),
                                .keys = *keys};
}

std::expected<UnpublishRemotelyRequest, Error> read_unpublish_remotely(const json::object& body,
                                                                       IdReader ids) {
  static constexpr Field kFields[] = {{"remote_id", kString, true}};
  auto whose = read_whose(body, ids);
  if (!whose) return std::unexpected(whose.error());
  if (const auto checked = check_room_fields(body, kFields); !checked)
    return std::unexpected(checked.error());
  return UnpublishRemotelyRequest{std::move(whose->room), std::move(whose->publisher),
                                  *get_string(body, "remote_id")};
}

std::expected<ListRemotesRequest, Error> read_list_remotes(const json::object& body, IdReader ids) {
  return read_whose(body, ids);
}

}  // namespace penstock::janus
