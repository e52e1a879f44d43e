#include "controlplane/janus/requests/join_requests.h"

#include <algorithm>
#include <array>

namespace penstock::janus {
namespace {

using enum JsonType;

constexpr Field kSubscriberFields[] = {
    {"private_id", kPositiveInteger},
    {"streams", kArray},
    {"use_msid", kBoolean},
    {"autoupdate", kBoolean},
    {"audio", kBoolean},
    {"video", kBoolean},
    {"data", kBoolean},
    {"offer_audio", kBoolean},
    {"offer_video", kBoolean},
    {"offer_data", kBoolean},
    {"bitrate", kPositiveInteger},
};

std::uint32_t at_most(std::optional<std::uint64_t> value, std::uint64_t max) {
  return static_cast<std::uint32_t>(std::min(value.value_or(0), max));
}

std::expected<PublisherJoin, Error> read_publisher(const json::object& body, IdReader ids) {
  const std::array<Field, 6> fields{Field{"display", kString},
                                    Field{"metadata", kObject},
                                    Field{"token", kString},
                                    ids.field("id", false),
                                    Field{"audio_active_packets", kPositiveInteger},
                                    Field{"audio_level_average", kPositiveInteger}};
  if (const auto checked = check_room_fields(body, fields); !checked) {
    return std::unexpected(checked.error());
  }
  auto metadata = read_metadata(body);
  if (!metadata) return std::unexpected(metadata.error());
  return PublisherJoin{
      .id = ids.read(body, "id"),
      .display = get_string(body, "display"),
      .metadata_json = *std::move(metadata),
      .audio_active_packets = at_most(get_uint(body, "audio_active_packets"), 1 << 20),
      .audio_level_average = at_most(get_uint(body, "audio_level_average"), 127)};
}

std::expected<std::vector<WantedStream>, Error> read_feed(const json::object& body, IdReader ids) {
  if (!body.contains("feed")) {
    return fail(RoomError::kMissingElement,
                "At least one between 'streams' and 'feed' must be specified");
  }
  auto feed = read_wanted_stream(body, ids);
  if (!feed) return std::unexpected(feed.error());
  return std::vector<WantedStream>{*std::move(feed)};
}

std::expected<SubscriberJoin, Error> read_subscriber(const json::object& body, IdReader ids) {
  if (const auto checked = check_room_fields(body, kSubscriberFields); !checked) {
    return std::unexpected(checked.error());
  }
  const std::array<Field, 1> feed_field{ids.field("feed", false)};
  if (const auto checked = check_room_fields(body, feed_field); !checked) {
    return std::unexpected(checked.error());
  }
  const json::array* items = get_array(body, "streams");
  if (items != nullptr && items->empty()) {
    return fail(RoomError::kInvalidElement, "Empty subscription list");
  }
  SubscriberJoin join;
  join.is_legacy = items == nullptr;
  auto streams = join.is_legacy ? read_feed(body, ids) : read_wanted_streams(*items, ids);
  if (!streams) return std::unexpected(streams.error());
  join.streams = *std::move(streams);
  join.private_id = get_uint(body, "private_id").value_or(0);
  join.uses_msid = get_bool(body, "use_msid").value_or(false);
  join.is_updated_automatically = get_bool(body, "autoupdate").value_or(true);
  join.bitrate_bps = get_uint(body, "bitrate").value_or(0);
  join.offers = read_kind_switches(body, "offer_");
  join.sends = read_kind_switches(body);
  return join;
}

}  // namespace

std::expected<JoinRequest, Error> read_join(const json::object& body, IdReader ids) {
  static constexpr Field kFields[] = {{"ptype", kString, true}};
  static constexpr Field kPinField[] = {{"pin", kString}};
  if (const auto checked = check_room_fields(body, kFields); !checked) {
    return std::unexpected(checked.error());
  }
  auto room = read_room(body, ids);
  if (!room) return std::unexpected(room.error());
  if (const auto checked = check_room_fields(body, kPinField); !checked) {
    return std::unexpected(checked.error());
  }
  JoinRequest request{.room = *std::move(room),
                      .pin = get_string(body, "pin"),
                      .token = get_string(body, "token").value_or(""),
                      .as = {}};
  const std::string_view type = *get_string(body, "ptype");
  if (equals_ignoring_case(type, "publisher")) {
    auto join = read_publisher(body, ids);
    if (!join) return std::unexpected(join.error());
    request.as = *std::move(join);
    return request;
  }
  if (equals_ignoring_case(type, "subscriber") || equals_ignoring_case(type, "listener")) {
    auto join = read_subscriber(body, ids);
    if (!join) return std::unexpected(join.error());
    request.as = *std::move(join);
    return request;
  }
  return fail(RoomError::kInvalidElement, "Invalid element (ptype)");
}

}  // namespace penstock::janus
