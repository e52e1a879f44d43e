// Members that several requests of the VideoRoom plugin have, read from JSON. Pure functions: what
// is wrong is an Error with the text that the client gets.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/janus/errors.h"
#include "controlplane/janus/json.h"
#include "controlplane/room/room_settings.h"
#include "controlplane/room/subscriber.h"

namespace penstock::janus {

// Ids of rooms and participants: numbers, or texts where the server is configured so.
struct IdReader {
  bool are_texts = false;

  Field field(std::string_view name, bool is_required) const;
  // Nothing if it is absent, or 0 or "": "choose one".
  std::optional<room::Id> read(const json::object& object, std::string_view name) const;
};

// What an element of the list `name` is answered with that is no object.
std::unexpected<Error> not_an_object(std::string_view name);

// A room that somebody is to manage, if he has its secret.
struct ManagedRoom {
  room::Id id;
  std::optional<std::string_view> secret;
};
std::expected<ManagedRoom, Error> read_managed_room(const json::object& body, IdReader ids);
std::expected<room::Id, Error> read_room(const json::object& body, IdReader ids);

// A stream that a subscriber wants, or all of a feed.
struct WantedStream {
  room::Id feed;
  std::optional<std::string_view> mid;  // absent: all
  std::string_view crossrefid;
  bool is_sent = true;
  room::LayerTargets layers;
};
std::expected<WantedStream, Error> read_wanted_stream(const json::object& item, IdReader ids);
std::expected<std::vector<WantedStream>, Error> read_wanted_streams(const json::array& items,
                                                                    IdReader ids);

// The settings of `names` that the request has and that are taken but have no effect on this server
// yet, as texts for the client's developer. One that says what holds anyway (false, 0, an empty
// text) is not named.
void warn_of_no_effect(const json::object& object, std::span<const std::string_view> names,
                       std::vector<std::string>& warnings);

// "vp8,h264" and the like for `audiocodec` or `videocodec`. Those that Janus knows and this server
// does not forward are left out, with a warning; if none is left, that is an error.
std::expected<std::vector<Codec>, Error> read_codecs(std::string_view text, MediaKind kind,
                                                     std::vector<std::string>& warnings);
// Whole kinds of media, switched on or off: the legacy form.
struct KindSwitches {
  std::optional<bool> audio, video, data;  // absent: not said

  std::optional<bool> of(MediaKind kind) const {
    if (kind == MediaKind::kData) return data;
    return kind == MediaKind::kAudio ? audio : video;
  }
};
// From members that have passed their checks, each with `prefix` before its name.
KindSwitches read_kind_switches(const json::object& body, std::string_view prefix = {});

// The codec of this name and kind, if we have it.
std::optional<Codec> codec_from(std::string_view name, MediaKind kind);
// The member `metadata`, as JSON text of at most kMetadataBytesMax. Nothing if it is absent.
std::expected<std::optional<std::string>, Error> read_metadata(const json::object& body);
// The dummy publisher that `create` asks for, if it does.
std::expected<void, Error> read_dummy(const json::object& body, room::RoomSettings& settings);
// Layer targets and delays of a subscription: types, then ranges.
std::expected<room::LayerTargets, Error> read_layers(const json::object& item);

}  // namespace penstock::janus
