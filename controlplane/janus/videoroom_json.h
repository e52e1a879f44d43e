// Rooms, participants and subscriptions as JSON, in the words of the VideoRoom plugin; and what it
// reads from JSON. Pure functions.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/janus/errors.h"
#include "controlplane/janus/json.h"
#include "controlplane/janus/json_text.h"
#include "controlplane/room/room.h"

namespace penstock::janus {

JsonText to_json(const room::Id& id);
std::string_view to_json(MediaKind kind);  // "audio", "video"
std::string_view to_json(Codec codec);     // "opus", "vp8", ...

ObjectText error_event(const Error& error);
// {"videoroom":"event","room":...}
ObjectText room_event(const room::Room& room);
// Adds `warnings`, an array of texts for the client's developer, if there are any.
void add_warnings(ObjectText& to, std::span<const std::string> warnings);
// Adds `display` and `metadata`, those that are set.
void add_profile(ObjectText& to, const room::Publisher& publisher);

// {"id","display"?,"metadata"?}
ObjectText attendee_json(const room::Publisher& publisher);
// An entry of `publishers`. The list that a participant gets when it joins marks dummies.
ObjectText publisher_json(const room::Publisher& publisher, bool marks_dummy);
void add_codecs(ObjectText& to, const room::Publisher& publisher);
// `own`: for the publisher itself, with the ids of header extensions.
JsonText publisher_streams_json(const room::Publisher& publisher, bool own);
JsonText subscriber_streams_json(const room::Room& room, const room::Subscriber& subscriber);
ObjectText room_json(const room::Room& room);

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
