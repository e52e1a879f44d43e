// Guests: members of rooms who came by another API than the one that has the rooms (WHIP and WHEP
// beside the Janus API). For everybody else in the room a guest is what all are: a participant that
// publishes, or a subscriber. Here is what such an API asks of whoever has the rooms (GuestRooms:
// janus::Core), and what it is told (GuestEvents: whip::Service).
//
// A guest is named by the PeerId of its one connection, and is there from publish(), play() or
// offer_to() until leave() or on_guest_gone(). Calls throw std::bad_alloc, and then have changed
// nothing; leave() needs no memory. Control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/media/media.h"
#include "controlplane/room/id.h"
#include "controlplane/room/subscriber.h"
#include "dataplane/base/time.h"

namespace penstock::room {

enum class GuestRole : std::uint8_t { kPublisher, kPlayer };

enum class GuestRefusal : std::uint8_t {
  kNoSuchRoom,
  kUnauthorized,   // without a token, or with a wrong one
  kForbidden,      // with any: the room is not for guests
  kNoPublisher,    // there is nothing to be played, now
  kIdTaken,        // a participant has this id already
  kInvalidSdp,     // a description that breaks a rule
  kNotAcceptable,  // one of which not all, or nothing, can be taken
  kWrongState,     // an answer without an offer
  kFull,           // a limit
};

struct GuestError {
  GuestRefusal why{};
  std::string text;
};

// What a token opens.
struct GuestPass {
  bool has_secret = false;  // it is the API secret: limits of one client do not hold
};

struct GuestPublish {
  Id room;
  std::optional<Id> id;  // to publish as; absent: choose one
  std::string_view offer_sdp;
};

struct GuestPlay {
  Id room;
  std::optional<Id> feed;  // absent: the first who publishes
  std::string_view offer_sdp;
};

// One m-line of a player.
struct PlayedStream {
  MediaKind kind{};
  bool is_shown = false;         // it was negotiated
  bool is_active = false;        // and somebody publishes what it shows
  std::size_t encodings = 1;     // of what it shows
  LayerReports layers{};         // of video, that come
  std::optional<Layer> layer{};  // that is received now, of a source that has several
};

class GuestEvents {
 public:
  virtual ~GuestEvents() = default;
  // The guest is no longer in its room, and its connection is closed. Not after leave().
  virtual void on_guest_gone(PeerId guest, Timestamp now) = 0;
  // What a player is shown, or which layer of it, may be something else (played()).
  virtual void on_guest_changed(PeerId guest, Timestamp now) = 0;
};

class GuestRooms {
 public:
  using TellAnswer = std::function<void(std::string& sdp)>;

  virtual ~GuestRooms() = default;
  // Who is told; before the first guest.
  virtual void set_guest_events(GuestEvents& events) = 0;

  virtual bool has_room(const Id& room) const = 0;
  // Whether this token opens the room.
  virtual std::expected<GuestPass, GuestError> admit(const Id& room,
                                                     std::optional<std::string_view> token,
                                                     GuestRole role) const = 0;
  // The id of no other peer.
  virtual PeerId new_guest_id() = 0;

  // Joins and publishes. `tell` gets the answer when nothing else can fail.
  virtual std::expected<void, GuestError> publish(PeerId guest, const GuestPublish& wanted,
                                                  Timestamp now, const TellAnswer& tell) = 0;
  // Joins to receive, with an offer of its own.
  virtual std::expected<void, GuestError> play(
      PeerId guest, const GuestPlay& wanted, Timestamp now,
      const std::function<void(SubscribeResult& result)>& tell) = 0;
  // The same, and is offered what there is; answer() then.
  virtual std::expected<void, GuestError> offer_to(PeerId guest, const GuestPlay& wanted,
                                                   Timestamp now, const TellAnswer& tell) = 0;
  virtual std::expected<void, GuestError> take_answer(PeerId guest, std::string_view answer_sdp,
                                                      Timestamp now) = 0;

  // The m-lines of a player, index by index; empty for an unknown one.
  virtual std::vector<PlayedStream> played(PeerId guest) const = 0;
  // A player's m-lines whose publisher has ended show what `feed` (absent: the first) publishes
  // now. kNoPublisher: nothing yet. kNotAcceptable: it would have to negotiate anew.
  virtual std::expected<void, GuestError> resume(PeerId guest, const std::optional<Id>& feed,
                                                 Timestamp now) = 0;
  // The most that a player's m-line is to receive.
  virtual void limit_layers(PeerId guest, std::size_t mindex, const LayerTargets& targets,
                            Timestamp now) = 0;

  // The one end of a guest by its own API. Unknown: no-op.
  virtual void leave(PeerId guest, Timestamp now) = 0;
};

}  // namespace penstock::room
