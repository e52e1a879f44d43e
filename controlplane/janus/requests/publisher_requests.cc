#include "controlplane/janus/requests/publisher_requests.h"

#include <algorithm>
#include <span>

namespace penstock::janus {
namespace {

using enum JsonType;

constexpr Field kPublisherConfigureFields[] = {
    {"descriptions", kArray},
    {"audiocodec", kString},
    {"videocodec", kString},
    {"bitrate", kPositiveInteger},
    {"keyframe", kBoolean},
    {"record", kBoolean},
    {"filename", kString},
    {"display", kString},
    {"metadata", kObject},
    {"secret", kString},
    {"audio_active_packets", kPositiveInteger},
    {"audio_level_average", kPositiveInteger},
    {"streams", kArray},
    {"update", kBoolean},
    {"restart", kBoolean},
    {"audio", kBoolean},
    {"video", kBoolean},
    {"data", kBoolean},
};
constexpr Field kDescriptionFields[] = {{"mid", kString, true}, {"description", kString, true}};
constexpr Field kPublisherStreamFields[] = {{"mid", kString, true},
                                            {"keyframe", kBoolean},
                                            {"send", kBoolean},
                                            {"min_delay", kPositiveInteger},
                                            {"max_delay", kPositiveInteger}};

// What is taken and has no effect yet.
constexpr std::string_view kStreamNoEffect[] = {"min_delay", "max_delay"};

std::expected<void, Error> check_items(const json::object& body, std::string_view name,
                                       std::span<const Field> fields) {
  const json::array* items = get_array(body, name);
  if (items == nullptr) return {};
  for (const json::value& item : *items) {
    if (!item.is_object()) return not_an_object(name);
    if (const auto checked = check_room_fields(item.get_object(), fields); !checked) {
      return checked;
    }
  }
  return {};
}

std::uint32_t at_most(std::uint64_t value, std::uint64_t max) {
  return static_cast<std::uint32_t>(std::min(value, max));
}

void read_descriptions(const json::object& body, ConfigureRequest& request) {
  const json::array* items = get_array(body, "descriptions");
  if (items == nullptr) return;
  request.descriptions.emplace();
  for (const json::value& item : *items) {
    request.descriptions->push_back({.mid = *get_string(item.get_object(), "mid"),
                                     .text = *get_string(item.get_object(), "description")});
  }
}

void read_streams(const json::object& body, ConfigureRequest& request) {
  const json::array* items = get_array(body, "streams");
  if (items == nullptr) return;
  for (const json::value& value : *items) {
    const json::object& item = value.get_object();
    request.streams.push_back({.mid = *get_string(item, "mid"),
                               .asks_for_keyframe = get_bool(item, "keyframe").value_or(false),
                               .is_sent = get_bool(item, "send")});
    warn_of_no_effect(item, kStreamNoEffect, request.warnings);
  }
}

}  // namespace

std::expected<ConfigureRequest, Error> read_configure(const json::object& body) {
  if (const auto checked = check_room_fields(body, kPublisherConfigureFields); !checked) {
    return std::unexpected(checked.error());
  }
  if (const auto checked = check_items(body, "descriptions", kDescriptionFields); !checked) {
    return std::unexpected(checked.error());
  }
  if (const auto checked = check_items(body, "streams", kPublisherStreamFields); !checked) {
    return std::unexpected(checked.error());
  }
  auto metadata = read_metadata(body);
  if (!metadata) return std::unexpected(metadata.error());
  ConfigureRequest request;
  request.display = get_string(body, "display");
  request.metadata_json = *std::move(metadata);
  read_descriptions(body, request);
  request.audio_codec = get_string(body, "audiocodec");
  request.video_codec = get_string(body, "videocodec");
  request.bitrate_bps = get_uint(body, "bitrate");
  request.audio_active_packets = get_uint(body, "audio_active_packets").transform([](auto value) {
    return at_most(value, 1 << 20);
  });
  request.audio_level_average = get_uint(body, "audio_level_average").transform([](auto value) {
    return at_most(value, 127);
  });
  request.sends = read_kind_switches(body);
  request.asks_for_keyframes = get_bool(body, "keyframe").value_or(false);
  request.is_recorded = get_bool(body, "record");
  request.recording_name = get_string(body, "filename");
  request.secret = get_string(body, "secret");
  read_streams(body, request);
  return request;
}

}  // namespace penstock::janus
