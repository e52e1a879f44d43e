// Rooms, participants and subscriptions as JSON, in the words of the VideoRoom plugin. Pure
// functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/janus/errors.h"
#include "controlplane/janus/json_text.h"
#include "controlplane/room/room.h"

namespace penstock::janus {

JsonText to_json(const room::Id& id);
std::string_view to_json(MediaKind kind);                   // "audio", "video", "data"
std::string_view to_json(Codec codec);                      // "opus", "vp8", ...
std::string join_codecs(const std::vector<Codec>& codecs);  // "vp8,h264"

ObjectText error_event(const Error& error);
// {"videoroom":"event","room":...}
ObjectText room_event(const room::Room& room);
// Adds `warnings`, an array of texts for the client's developer, if there are any.
void add_warnings(ObjectText& to, std::span<const std::string> warnings);
// Adds `display` and `metadata`, those that are set.
void add_profile(ObjectText& to, const room::Publisher& publisher);

// {"id","display"?,"metadata"?}
// About as many bytes as attendee_json has, for lists that may be long.
std::size_t attendee_bytes(const room::Publisher& publisher);
ObjectText attendee_json(const room::Publisher& publisher);
// Adds `talking`, in a room with such events, of who publishes.
void add_talking(ObjectText& to, const room::Publisher& publisher,
                 const room::RoomSettings& settings);
// An entry of `publishers`. With the settings of the room: as in the list that a participant gets
// when it joins, which marks dummies and who talks.
ObjectText publisher_json(const room::Publisher& publisher, const room::RoomSettings* settings);
void add_codecs(ObjectText& to, const room::Publisher& publisher);
// `own`: for the publisher itself, with the ids of header extensions.
JsonText publisher_streams_json(const room::Publisher& publisher, bool own);
JsonText subscriber_streams_json(const room::Room& room, const room::Subscriber& subscriber);
ObjectText room_json(const room::Room& room);

}  // namespace penstock::janus
