// What clients ask about rooms: create, edit, destroy, exists, list. Read from JSON here, followed
// in videoroom/room_verbs.cc. Pure functions; views point into the request.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/janus/requests/reading.h"

namespace penstock::janus {

struct CreateRequest {
  std::optional<room::Id> room;  // absent: choose one
  std::string_view admin_key;
  bool is_permanent = false;  // it is to be there after a restart, too
  room::RoomSettings settings;
  std::vector<std::string> warnings;
};
// `needs_admin_key`: the server has one.
std::expected<CreateRequest, Error> read_create(const json::object& body, IdReader ids,
                                                bool needs_admin_key);

struct EditRequest {
  ManagedRoom room;
  bool is_permanent = false;
  // Absent: stays as it is.
  std::optional<std::string_view> description, secret, pin, recording_folder;
  std::optional<bool> is_private, requires_private_id, locks_recording;
  std::optional<std::uint64_t> bitrate_bps;
  std::optional<std::uint32_t> keyframe_interval_s, publishers_max;
  std::vector<std::string> warnings;

  void apply_to(room::RoomSettings& settings) const;
};
std::expected<EditRequest, Error> read_edit(const json::object& body, IdReader ids);

struct DestroyRequest {
  ManagedRoom room;
  bool is_permanent = false;
};
std::expected<DestroyRequest, Error> read_destroy(const json::object& body, IdReader ids);

struct EnableRecordingRequest {
  ManagedRoom room;
  bool is_recorded = false;
};
std::expected<EnableRecordingRequest, Error> read_enable_recording(const json::object& body,
                                                                   IdReader ids);

struct ListRequest {
  std::optional<std::string_view> admin_key;
};
std::expected<ListRequest, Error> read_list(const json::object& body);

}  // namespace penstock::janus
