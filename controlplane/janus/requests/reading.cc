#include "controlplane/janus/requests/reading.h"

#include <algorithm>
#include <array>

#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/signalling/limits.h"

namespace penstock::janus {
namespace {

// Names that Janus knows and this server does not forward.
constexpr std::array<std::string_view, 10> kForeignCodecs = {
    "multiopus", "g722", "pcmu", "pcma", "isac32", "isac16", "l16", "l16-48", "red", "h265"};

bool is_foreign(std::string_view codec) {
  return std::ranges::find(kForeignCodecs, codec) != kForeignCodecs.end();
}

std::unexpected<Error> bad_codec(std::string_view name, const std::string& field, bool is_audio) {
  if (is_foreign(name)) {
    return fail(RoomError::kInvalidElement, "Invalid element (" + field + " " + std::string(name) +
                                                " is not supported by this server)");
  }
  return fail(RoomError::kInvalidElement,
              "Invalid element (" + field + " can only be or contain " +
                  (is_audio ? "opus)" : "vp8, vp9, av1, h264 or h265)"));
}

std::string no_effect(std::string_view name) {
  return std::string(name) + " has no effect on this server yet";
}

// Whether a setting asks for something that would not be so without it.
bool asks_for_more(const json::value& value) {
  if (value.is_bool()) return value.get_bool();
  if (value.is_int64()) return value.get_int64() != 0;
  if (value.is_string()) return !value.get_string().empty();
  return true;
}

}  // namespace

KindSwitches read_kind_switches(const json::object& body, std::string_view prefix) {
  const auto read = [&](std::string_view name) {
    return get_bool(body, std::string(prefix).append(name));
  };
  return {.audio = read("audio"), .video = read("video"), .data = read("data")};
}

std::optional<Codec> codec_from(std::string_view name, MediaKind kind) {
  for (const Codec codec : {Codec::kOpus, Codec::kVp8, Codec::kVp9, Codec::kH264, Codec::kAv1}) {
    if (codec_kind(codec) == kind && name == to_json(codec)) return codec;
  }
  return std::nullopt;
}

std::expected<std::vector<Codec>, Error> read_codecs(std::string_view text, MediaKind kind,
                                                     std::vector<std::string>& warnings) {
  const bool is_audio = kind == MediaKind::kAudio;
  const std::string field = is_audio ? "audiocodec" : "videocodec";
  std::vector<Codec> codecs;
  std::size_t count = 0;
  while (true) {
    const std::string_view name = text.substr(0, text.find(','));
    const auto codec = codec_from(name, kind);
    const bool is_last = name.size() == text.size();
    const bool is_left_out = !codec && is_foreign(name) && !(is_last && codecs.empty());
    if ((!codec && !is_left_out) || ++count > kRoomCodecsMax) {
      return bad_codec(name, field, is_audio);
    }
    if (is_left_out) {
      warnings.push_back(field + ": " + std::string(name) + " is not supported by this server" +
                         (name == "red" ? ", but opusred asks for RED of Opus" : ""));
    } else if (std::ranges::find(codecs, *codec) == codecs.end()) {
      codecs.push_back(*codec);
    }
    if (is_last) return codecs;
    text.remove_prefix(name.size() + 1);
  }
}

void warn_of_no_effect(const json::object& object, std::span<const std::string_view> names,
                       std::vector<std::string>& warnings) {
  for (const std::string_view name : names) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !asks_for_more(*value)) continue;
    warnings.push_back(no_effect(name));
  }
}

Field IdReader::field(std::string_view name, bool is_required) const {
  return {name, are_texts ? JsonType::kString : JsonType::kPositiveInteger, is_required};
}

std::optional<room::Id> IdReader::read(const json::object& object, std::string_view name) const {
  if (are_texts) {
    const std::string_view text = get_string(object, name).value_or("");
    return text.empty() ? std::nullopt : std::optional(room::Id(std::string(text)));
  }
  const std::uint64_t number = get_uint(object, name).value_or(0);
  return number == 0 ? std::nullopt : std::optional(room::Id(number));
}

std::unexpected<Error> not_an_object(std::string_view name) {
  return fail(RoomError::kInvalidElement,
              "Invalid element type (" + std::string(name) + " should contain objects)");
}

std::expected<room::Id, Error> read_room(const json::object& body, IdReader ids) {
  const std::array<Field, 1> fields{ids.field("room", true)};
  if (const auto checked = check_room_fields(body, fields); !checked) {
    return std::unexpected(checked.error());
  }
  auto id = ids.read(body, "room");
  if (!id) return room::Id();
  return *std::move(id);
}

std::expected<ManagedRoom, Error> read_managed_room(const json::object& body, IdReader ids) {
  static constexpr Field kFields[] = {{"secret", JsonType::kString}};
  auto id = read_room(body, ids);
  if (!id) return std::unexpected(id.error());
  if (const auto checked = check_room_fields(body, kFields); !checked) {
    return std::unexpected(checked.error());
  }
  return ManagedRoom{.id = *std::move(id), .secret = get_string(body, "secret")};
}

std::expected<WantedStream, Error> read_wanted_stream(const json::object& item, IdReader ids) {
  const std::array<Field, 4> fields{ids.field("feed", true), Field{"mid", JsonType::kString},
                                    Field{"crossrefid", JsonType::kString},
                                    Field{"send", JsonType::kBoolean}};
  if (const auto checked = check_room_fields(item, fields); !checked) {
    return std::unexpected(checked.error());
  }
  const auto layers = read_layers(item);
  if (!layers) return std::unexpected(layers.error());
  return WantedStream{.feed = ids.read(item, "feed").value_or(room::Id()),
                      .mid = get_string(item, "mid"),
                      .crossrefid = get_string(item, "crossrefid").value_or(""),
                      .is_sent = get_bool(item, "send").value_or(true),
                      .layers = *layers};
}

std::expected<std::vector<WantedStream>, Error> read_wanted_streams(const json::array& items,
                                                                    IdReader ids) {
  std::vector<WantedStream> wanted;
  wanted.reserve(items.size());
  for (const json::value& item : items) {
    if (!item.is_object()) return not_an_object("streams");
    auto stream = read_wanted_stream(item.get_object(), ids);
    if (!stream) return std::unexpected(stream.error());
    wanted.push_back(*std::move(stream));
  }
  return wanted;
}

std::expected<std::optional<std::string>, Error> read_metadata(const json::object& body) {
  const json::object* metadata = get_object(body, "metadata");
  if (metadata == nullptr) return std::nullopt;
  std::string text = json::serialize(*metadata);
  if (text.size() > kMetadataBytesMax) {
    return fail(RoomError::kInvalidElement, "Invalid element (metadata is too long)");
  }
  return text;
}

std::expected<room::LayerTargets, Error> read_layers(const json::object& item) {
  static constexpr Field kFields[] = {
      {"substream", JsonType::kPositiveInteger},      {"temporal", JsonType::kPositiveInteger},
      {"fallback", JsonType::kPositiveInteger},       {"spatial_layer", JsonType::kPositiveInteger},
      {"temporal_layer", JsonType::kPositiveInteger}, {"min_delay", JsonType::kPositiveInteger},
      {"max_delay", JsonType::kPositiveInteger},      {"priority", JsonType::kPositiveInteger},
  };
  if (const auto checked = check_room_fields(item, kFields); !checked) {
    return std::unexpected(checked.error());
  }
  const auto layer = [&](const char* name) -> std::optional<std::uint32_t> {
    const auto value = get_uint(item, name);
    return value
               ? std::optional(static_cast<std::uint32_t>(std::min<std::uint64_t>(*value, 1 << 20)))
               : std::nullopt;
  };
  const room::LayerTargets targets{.substream = layer("substream"),
                                   .temporal = layer("temporal"),
                                   .spatial_layer = layer("spatial_layer"),
                                   .temporal_layer = layer("temporal_layer"),
                                   .fallback_us = get_uint(item, "fallback"),
                                   .playout_delay_min = layer("min_delay"),
                                   .playout_delay_max = layer("max_delay"),
                                   .priority = layer("priority")};
  if (targets.substream.value_or(0) > 2 || targets.spatial_layer.value_or(0) > 2) {
    return fail(RoomError::kInvalidElement,
                "Invalid value (substream/spatial_layer should be 0, 1 or 2)");
  }
  if (targets.temporal.value_or(0) > 2 || targets.temporal_layer.value_or(0) > 2) {
    return fail(RoomError::kInvalidElement,
                "Invalid value (temporal/temporal_layer should be 0, 1 or 2)");
  }
  if (targets.playout_delay_max.value_or(PlayoutDelay::kMax) > PlayoutDelay::kMax ||
      targets.playout_delay_min.value_or(0) >
          targets.playout_delay_max.value_or(PlayoutDelay::kMax)) {
    return fail(RoomError::kInvalidElement,
                "Invalid value (min_delay should be at most max_delay, max_delay at most 4095)");
  }
  if (targets.priority.value_or(0) > 255) {
    return fail(RoomError::kInvalidElement, "Invalid value (priority should be 0 to 255)");
  }
  return targets;
}

}  // namespace penstock::janus
