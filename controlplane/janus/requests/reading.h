// Members that several requests of the VideoRoom plugin have, read from JSON. Pure functions: what
// is wrong is an Error with the text that the client gets.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/janus/errors.h"
#include "controlplane/janus/json.h"
#include "controlplane/room/room_settings.h"
#include "controlplane/room/subscriber.h"

namespace penstock::janus {

// "vp8,h264" and the like for `audiocodec` or `videocodec`.
std::expected<std::vector<Codec>, Error> read_codecs(std::string_view text, MediaKind kind);
// The codec of this name and kind, if we have it.
std::optional<Codec> codec_from(std::string_view name, MediaKind kind);
// The member `metadata`, as JSON text of at most kMetadataBytesMax. Nothing if it is absent.
std::expected<std::optional<std::string>, Error> read_metadata(const json::object& body);
// The dummy publisher that `create` asks for, if it does.
std::expected<void, Error> read_dummy(const json::object& body, room::RoomSettings& settings);
// Layer targets and delays of a subscription: types, then ranges.
std::expected<room::LayerTargets, Error> read_layers(const json::object& item);

}  // namespace penstock::janus
