// The VideoRoom plugin of the Janus API: requests of handles in, events to handles out, rooms in
// controlplane/room, connections in controlplane/media.
//
// Two kinds of request. Synchronous ones (room management) return their data. Asynchronous ones
// (joining, publishing, subscribing) answer with an event that carries the request's transaction.
// A request that fails has changed nothing and told nobody anything: each prepares what it is to
// change, says what is to be said (which can be taken back, plugin_host.h), and changes it last,
// when nothing can fail any more, a lack of memory included. Endings need no memory at all.
//
// What is removed can be used by the call that removed it
// until end_of_call. Owned by the core; control thread.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/janus/attachment.h"
#include "controlplane/janus/config.h"
#include "controlplane/janus/continuation.h"
#include "controlplane/janus/errors.h"
#include "controlplane/janus/json.h"
#include "controlplane/janus/json_text.h"
#include "controlplane/janus/plugin_host.h"
#include "controlplane/media/media.h"
#include "controlplane/random/secure_random.h"
#include "controlplane/room/directory.h"
#include "controlplane/signalling/limits.h"

namespace penstock::janus {

struct VideoRoomRequest {
  Attachment& attachment;  // of the handle that asks
  const json::object& body;
  std::optional<JsepIn> jsep;
  std::string_view transaction;
  Timestamp now = 0;
  Answer* answer = nullptr;  // of a synchronous one
};

class VideoRoom {
 public:
  static constexpr std::string_view kPackage = "janus.plugin.videoroom";

  // The configuration, host, media and random source outlive the plugin.
  VideoRoom(const JanusConfig& config, PluginHost& host, Media& media, SecureRandom& random);
  VideoRoom(const VideoRoom&) = delete;
  VideoRoom& operator=(const VideoRoom&) = delete;

  // Whether the request is one that is acknowledged now and answered by an event.
  static bool is_asynchronous(const VideoRoomRequest& request);
  void handle_synchronous(const VideoRoomRequest& request);
  void handle_asynchronous(const VideoRoomRequest& request);

  // Whether an offer was sent to this handle that has not been answered.
  bool expects_answer(const Attachment& attachment);
  // The handle's connection is gone (and already closed in media).
  void connection_closed(Attachment& attachment, Timestamp now);
  // The handle is about to go.
  void detach(Attachment& attachment, Timestamp now);

  // No request is being handled any more: what has been removed is freed.
  void end_of_call(Timestamp now) { rooms_.end_of_call(now); }

  room::Counts counts() const { return rooms_.counts(); }
  // Every room ends, also those that clients cannot destroy.
  void close_all(Timestamp now);
  const RetireList& retired() const { return rooms_.retired(); }
  void report_pools(PoolReports& out) const { rooms_.report_pools(out); }
  // Marks the rooms, everybody in them, and the peers that no handle owns.
  void walk_ownership(OwnershipWalk& walk) const;

 private:
  using Request = VideoRoomRequest;
  using Result = std::expected<void, Error>;

  struct SyncVerb {
    std::string_view name;
    Result (VideoRoom::*run)(const Request& request);
  };
  struct AsyncVerb {
    std::string_view name;
    Attachment::Role role{};
    Result (VideoRoom::*run)(const Request& request);
  };
  static const SyncVerb kSyncVerbs[];
  static const AsyncVerb kAsyncVerbs[];

  // What a participant's handle resolves to.
  struct Participant {
    room::Room* room = nullptr;
    room::Publisher* publisher = nullptr;
  };
  struct Subscription {
    room::Room* room = nullptr;
    room::Subscriber* subscriber = nullptr;
  };

  // videoroom.cc
  Result run_synchronous(const Request& request);
  Result run_asynchronous(const Request& request);

  // videoroom_access.cc: finding things, and whether one may
  Field id_field(std::string_view name, bool is_required) const;
  std::optional<room::Id> read_id(const json::object& object, std::string_view name) const;
  room::Id new_id();
  std::uint32_t new_private_id(const room::Room& room);
  std::expected<room::Room*, Error> find_room(const json::object& body);
  std::expected<room::Room*, Error> find_managed_room(const json::object& body);   // + secret
  std::expected<room::Room*, Error> find_joinable_room(const json::object& body);  // + pin
  std::optional<Participant> participant_of(const Attachment& attachment) const;
  std::optional<Subscription> subscription_of(const Attachment& attachment) const;
  std::expected<Participant, Error> find_participant(const Attachment& attachment);
  // For what publishes: who was kicked is told so.
  std::expected<Participant, Error> find_publisher(const Attachment& attachment);
  std::expected<Subscription, Error> find_subscription(const Attachment& attachment);

  // videoroom_dummies.cc
  Result add_dummy(room::Room& room, const room::DummySettings& dummy, Timestamp now);

  // videoroom_room_requests.cc, videoroom_participant_requests.cc: synchronous ones
  // A room with everything its settings ask for, or nothing at all.
  std::expected<room::Room*, Error> make_room(const room::Id& id, room::RoomSettings settings,
                                              Timestamp now);
  Result create(const Request& request);
  Result edit(const Request& request);
  Result destroy(const Request& request);
  Result exists(const Request& request);
  Result list(const Request& request);
  Result list_participants(const Request& request);
  Result allowed(const Request& request);
  Result kick(const Request& request);
  Result moderate(const Request& request);
  void remove_subscribers_of(room::Room& room, std::uint32_t private_id, Timestamp now);

  // videoroom_join.cc
  Result join(const Request& request);
  Result join_and_configure(const Request& request);
  Result join_with(const Request& request, bool configures);
  Result join_as_publisher(const Request& request, room::Room& room, bool configures);
  Result join_as_subscriber(const Request& request, room::Room& room);
  Result check_subscriber_join(const Request& request, const room::Room& room) const;
  std::expected<room::Subscriber, Error> read_subscriber(const Request& request,
                                                         const room::Room& room) const;
  ObjectText joined_event(const room::Room& room, const room::Publisher& publisher) const;
  Result already_publisher(const Request& request);
  Result already_subscriber(const Request& request);

  // videoroom_publisher.cc
  Result publish(const Request& request);
  Result configure_publisher(const Request& request);
  Result unpublish(const Request& request);
  Result leave_publisher(const Request& request);
  Result configure(const Request& request, Participant who, std::optional<ObjectText> joined);
  Result check_configure(const Request& request, Participant who) const;
  struct Configured {
    std::optional<ObjectText> joined;  // the event, for who joins at the same time
    std::optional<JsepOut> answer;
    std::vector<std::string> warnings;  // about the offer
  };
  void tell_configured(const Request& request, Participant who, room::Publisher& next,
                       Configured configured);
  static void apply_descriptions(const Request& request, room::Publisher& publisher);
  static bool apply_switches(const json::object& body, room::Publisher& publisher);
  void ask_for_keyframes(const json::object& body, const room::Publisher& publisher);

  // videoroom_subscriber.cc
  Result start(const Request& request);
  Result pause(const Request& request);
  Result configure_subscriber(const Request& request);
  Result leave_subscriber(const Request& request);

  // videoroom_subscriptions.cc
  Result subscribe(const Request& request);
  Result unsubscribe(const Request& request);
  Result update(const Request& request);
  Result switch_sources(const Request& request);
  std::expected<std::vector<room::SubscriptionRequest>, Error> read_subscriptions(
      const room::Room& room, const json::array& items) const;
  static Result add_subscription(room::Subscriber& subscriber,
                                 const room::SubscriptionRequest& item);
  Result subscribe_to(const room::Room& room, room::Subscriber& subscriber,
                      const json::array& items) const;
  Result unsubscribe_from(room::Subscriber& subscriber, const json::array& items) const;
  Result change(const Request& request, Subscription who, const json::array* added,
                const json::array* removed);
  std::expected<std::optional<std::pair<std::size_t, room::Source>>, Error> read_switch(
      const Subscription& who, const json::object& item) const;

  // videoroom_events.cc: who is told what
  static Result answer(const Request& request, ObjectText data);
  void reply(const Request& request, ObjectText data, std::optional<JsepOut> jsep = {});
  void notify_others(const room::Room& room, const room::Id& except, ObjectText data);
  void notify_left(const room::Room& room, const room::Publisher& publisher, std::string_view how);
  void notify_publishing(const room::Room& room, const room::Publisher& publisher);
  // An `updated` event that answers no request.
  void push_updated(const room::Room& room, const room::Subscriber& subscriber, JsepOut offer);

  // videoroom_lifecycle.cc: ends of things, and the offers that follow
  void end_publishing(Participant who, Timestamp now);
  void remove_participant(Participant who, Timestamp now);
  void remove_subscriber(room::Room& room, PeerId peer, Timestamp now);
  // Of a publisher: all its streams, or those with these mids.
  void end_streams(room::Room& room, const room::Id& feed, Timestamp now);
  void end_streams(room::Room& room, const room::Id& feed, std::span<const std::string> mids,
                   Timestamp now);
  void announce_end(const room::Room& room);
  void destroy_room(room::Room& room, Timestamp now);
  using TellOffer = std::function<void(std::optional<JsepOut> offer)>;
  Result make_offer(Subscription who, bool restart_ice, Timestamp now, const TellOffer& tell);
  // Offers without being asked.
  void push_update(room::Room& room, room::Subscriber& subscriber, Timestamp now);
  void refresh_pauses(const room::Room& room, const room::Subscriber& subscriber);
  void refresh_pauses_of_feed(const room::Room& room, const room::Id& feed);

  const JanusConfig& config_;
  PluginHost& host_;
  Media& media_;
  SecureRandom& random_;
  room::Directory rooms_;
};

}  // namespace penstock::janus
