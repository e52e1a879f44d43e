// What clients ask about publishers that are shown on other servers, too: publish_remotely,
// unpublish_remotely, listremotes. Read from JSON here, followed in videoroom/remote_verbs.cc. Pure
// functions; views point into the request.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "controlplane/janus/requests/forward_requests.h"

namespace penstock::janus {

struct PublishRemotelyRequest {
  ManagedRoom room;
  room::Id publisher;
  std::optional<std::string_view> admin_key;
  std::string_view remote_id;
  WantedHost host;
  std::uint16_t port = 0;
  std::uint16_t rtcp_port = 0;  // 0: no RTCP
  std::optional<SrtpKeys> keys;
};
std::expected<PublishRemotelyRequest, Error> read_publish_remotely(const json::object& body,
                                                                   IdReader ids);

struct UnpublishRemotelyRequest {
  ManagedRoom room;
  room::Id publisher;
  std::string_view remote_id;
};
std::expected<UnpublishRemotelyRequest, Error> read_unpublish_remotely(const json::object& body,
                                                                       IdReader ids);

struct ListRemotesRequest {
  ManagedRoom room;
  room::Id publisher;
};
std::expected<ListRemotesRequest, Error> read_list_remotes(const json::object& body, IdReader ids);

}  // namespace penstock::janus
