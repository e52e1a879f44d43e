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

std::unexpected<Error> bad_codec(std::string_view name, MediaKind kind) {
  const bool is_audio = kind == MediaKind::kAudio;
  const std::string field = is_audio ? "audiocodec" : "videocodec";
  if (std::ranges::find(kForeignCodecs, name) != kForeignCodecs.end()) {
    return fail(RoomError::kInvalidElement, "Invalid element (" + field + " " + std::string(name) +
                                                " is not supported by this server)");
  }
  return fail(RoomError::kInvalidElement,
              "Invalid element (" + field + " can only be or contain " +
                  (is_audio ? "opus)" : "vp8, vp9, av1, h264 or h265)"));
}

}  // namespace

std::optional<Codec> codec_from(std::string_view name, MediaKind kind) {
  for (const Codec codec : {Codec::kOpus, Codec::kVp8, Codec::kVp9, Codec::kH264, Codec::kAv1}) {
    if (codec_kind(codec) == kind && name == to_json(codec)) return codec;
  }
  return std::nullopt;
}

std::expected<std::vector<Codec>, Error> read_codecs(std::string_view text, MediaKind kind) {
  std::vector<Codec> codecs;
  while (true) {
    const std::string_view name = text.substr(0, text.find(','));
    const auto codec = codec_from(name, kind);
    if (!codec || codecs.size() >= kRoomCodecsMax) return bad_codec(name, kind);
    if (std::ranges::find(codecs, *codec) == codecs.end()) codecs.push_back(*codec);
    if (name.size() == text.size()) return codecs;
    text.remove_prefix(name.size() + 1);
  }
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
      {"max_delay", JsonType::kPositiveInteger},
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
                                   .playout_delay_max = layer("max_delay")};
  if (targets.substream.value_or(0) > 2 || targets.spatial_layer.value_or(0) > 2) {
    return fail(RoomError::kInvalidElement,
                "Invalid value (substream/spatial_layer should be 0, 1 or 2)");
  }
  if (targets.temporal.value_or(0) > 2 || targets.temporal_layer.value_or(0) > 2) {
    return fail(RoomError::kInvalidElement,
                "Invalid value (temporal/temporal_layer should be 0, 1 or 2)");
  }
  return targets;
}

}  // namespace penstock::janus
