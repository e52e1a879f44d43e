// What the verbs of the VideoRoom plugin work with, and on what: each is a function of a Context
// and a Request (verbs.h). Values that live as long as the call; control thread.
//
// A verb that fails has changed nothing and told nobody anything: it prepares what it is to change,
// says what is to be said (which can be taken back, plugin_host.h), and changes it last, when
// nothing can fail any more, a lack of memory included. Endings need no memory at all.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "controlplane/janus/access_tokens.h"
#include "controlplane/janus/caller.h"
#include "controlplane/janus/config.h"
#include "controlplane/janus/continuation.h"
#include "controlplane/janus/errors.h"
#include "controlplane/janus/json.h"
#include "controlplane/janus/plugin_host.h"
#include "controlplane/janus/requests/reading.h"
#include "controlplane/janus/videoroom/attachment.h"
#include "controlplane/media/media.h"
#include "controlplane/random/secure_random.h"
#include "controlplane/room/directory.h"

namespace penstock::janus {

struct VideoRoomRequest {
  const Caller& caller;
  Attachment& attachment;  // of the handle that asks
  const json::object& body;
  std::optional<JsepIn> jsep;
  std::string_view transaction;
  Timestamp now = 0;
  Answer& answer;
};

}  // namespace penstock::janus

namespace penstock::janus::videoroom {

class DominantSpeakers;
class HostNames;
class KeyframeTimer;
class Loudest;
class PermanentRooms;

using Request = VideoRoomRequest;
using Result = std::expected<void, Error>;

struct Context {
  const JanusConfig& config;
  IdReader ids;
  const AccessTokens& tokens;
  PluginHost& host;
  Media& media;
  SecureRandom& random;
  room::Directory& rooms;
  KeyframeTimer& keyframes;
  Loudest& loudest;
  DominantSpeakers& speakers;
  PermanentRooms& permanent;
  HostNames& names;
};

// What a handle resolves to.
struct Participant {
  room::Room* room = nullptr;
  room::Publisher* publisher = nullptr;
};
struct Subscription {
  room::Room* room = nullptr;
  room::Subscriber* subscriber = nullptr;
};

}  // namespace penstock::janus::videoroom
