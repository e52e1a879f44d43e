#include "controlplane/janus/videoroom/guest_verbs.h"

#include <algorithm>
#include <utility>

#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/offers.h"
#include "controlplane/janus/videoroom/verbs.h"
#include "dataplane/base/check.h"
#include "dataplane/base/constant_time.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus::videoroom {
namespace {

using room::GuestError;
using room::GuestRefusal;

std::unexpected<GuestError> refuse(GuestRefusal why, std::string text) {
  return std::unexpected(GuestError{why, std::move(text)});
}

std::unexpected<GuestError> no_such_room(const room::Id& id) {
  return refuse(GuestRefusal::kNoSuchRoom, "no such room (" + id.to_string() + ")");
}

// Of what handles are answered.
std::unexpected<GuestError> refuse(const Error& error) {
  switch (static_cast<RoomError>(error.code)) {
    case RoomError::kNoSuchRoom:
      return refuse(GuestRefusal::kNoSuchRoom, error.text);
    case RoomError::kIdExists:
      return refuse(GuestRefusal::kIdTaken, error.text);
    case RoomError::kInvalidSdp:
      return refuse(GuestRefusal::kNotAcceptable, error.text);
    case RoomError::kUnauthorized:
      return refuse(GuestRefusal::kForbidden, error.text);
    default:
      return refuse(GuestRefusal::kFull, error.text);
  }
}

std::unexpected<GuestError> refuse(const MediaError& error) {
  switch (error.kind) {
    case MediaErrorKind::kInvalidSdp:
      return refuse(GuestRefusal::kInvalidSdp, error.text);
    case MediaErrorKind::kNoUsableStream:
      return refuse(GuestRefusal::kNotAcceptable, error.text);
    case MediaErrorKind::kWrongState:
      return refuse(GuestRefusal::kWrongState, error.text);
    case MediaErrorKind::kCapacity:
      break;
  }
  return refuse(GuestRefusal::kFull, error.text);
}

// Hands on the description that a verb answers with; what else it says is for handles.
class GuestAnswer final : public Answer {
 public:
  explicit GuestAnswer(const room::GuestRooms::TellAnswer& tell) : tell_(tell) {}

  std::string begin() const override { return {}; }
  void finish(std::string, std::optional<JsepOut> jsep) override {
    if (jsep) tell_(jsep->sdp);
  }
  RequestId wait(std::unique_ptr<Continuation>) override {
    PENSTOCK_CHECK(false);  // nothing that guests do takes long
    return {};
  }

 private:
  const room::GuestRooms::TellAnswer& tell_;
};

// Whose streams are played: those of `feed`, or of the first in the room. Null: nobody's.
const room::Publisher* find_feed(const room::Room& room, const std::optional<room::Id>& feed) {
  if (feed) {
    const room::Publisher* publisher = room.find_publisher(*feed);
    return publisher != nullptr && publisher->is_publishing ? publisher : nullptr;
  }
  for (const room::Publisher& publisher : room.publishers()) {
    if (publisher.is_publishing && !publisher.is_dummy && !publisher.is_e2ee) return &publisher;
  }
  return nullptr;
}

// A subscriber of all that the feed sends, not yet in the room.
std::expected<room::Subscriber, GuestError> make_player(const Context& context, PeerId peer,
                                                        const room::Room& room,
                                                        const room::GuestPlay& wanted) {
  const room::Publisher* feed = find_feed(room, wanted.feed);
  if (feed == nullptr) return refuse(GuestRefusal::kNoPublisher, "nobody publishes here now");
  if (feed->is_e2ee)
    return refuse(GuestRefusal::kForbidden, "what is published is encrypted end to end");
  room::Subscriber player(peer,
                          {.uses_msid = true,
                           .is_updated_automatically = false,
                           .is_guest = true,
                           .streams_max = context.config.limits.subscriptions_per_subscriber_max});
  for (const room::PublisherStream& stream : feed->streams) {
    if (!stream.media.is_active) continue;
    room::SubscriptionRequest item;
    item.source = {feed->id, stream.media.mid};
    item.kind = stream.media.kind;
    const Result added = add_subscription(player, item);
    if (!added) return refuse(GuestRefusal::kFull, added.error().text);
  }
  if (player.streams().empty())
    return refuse(GuestRefusal::kNoPublisher, "nothing is published here now");
  return player;
}

// In the room, as a subscriber that `negotiate(room, subscriber)` makes a connection for.
template <typename Negotiate>
GuestResult join_as_player(const Context& context, Attachment& attachment,
                           const room::GuestPlay& wanted, Timestamp now, Negotiate&& negotiate) {
  room::Room* room = context.rooms.find(wanted.room);
  if (room == nullptr) return no_such_room(wanted.room);
  auto made = make_player(context, attachment.handle, *room, wanted);
  if (!made) return std::unexpected(made.error());
  room::Subscriber* player = room->add_subscriber(*std::move(made));
  if (player == nullptr)
    return refuse(GuestRefusal::kFull, "all subscribers are in use (limits.participants)");
  ScopeGuard undo([&] { room->remove_subscriber(attachment.handle, now); });
  Attachment next{.handle = attachment.handle,
                  .role = Attachment::Role::kSubscriber,
                  .room_id = room->id(),
                  .room = context.rooms.handle_of(room->id())};
  if (GuestResult done = negotiate(*room, *player); !done) return done;
  undo.dismiss();
  attachment = std::move(next);
  refresh_receiving(context, *room, *player, now);
  return {};
}

// The first stream of the feed of this kind that the player does not show yet.
const room::PublisherStream* next_stream(const room::Publisher& feed, MediaKind kind,
                                         const room::Subscriber& player) {
  const auto found = std::ranges::find_if(feed.streams, [&](const room::PublisherStream& stream) {
    return stream.is_active(kind) && !player.receives(feed.id, stream.media.mid);
  });
  return found == feed.streams.end() ? nullptr : &*found;
}

// A room of signed tokens takes these alone. Of another one a publisher shows one of its tokens, if
// it has any, and else its pin; a player the pin or one of the tokens. A room that has neither is
// open, unless the API is not: then one needs what opens that.
bool is_opened_by(const Context& context, const room::Room& room,
                  std::optional<std::string_view> token, room::GuestRole role) {
  const room::RoomSettings& settings = room.settings();
  if (settings.requires_signed_token)
    return token && context.tokens.opens_room(*token, room.id().to_string());
  const auto& allowed = settings.allowed_tokens;
  const bool needs_allowed = role == room::GuestRole::kPublisher && allowed.has_value();
  const bool is_api_open = context.config.api_secret.empty() && !context.tokens.are_needed();
  const bool has_neither = settings.pin.empty() && !needs_allowed;
  if (has_neither && is_api_open) return true;
  if (!token) return false;
  if (allowed && allowed->contains(std::string(*token))) return true;
  if (has_neither) return context.tokens.opens_videoroom(*token);
  return !needs_allowed && equals_in_constant_time(*token, settings.pin);
}

LayerReports layers_of(const Context& context, const room::PublisherStream* source) {
  if (source == nullptr || source->media.kind != MediaKind::kVideo) return {};
  return context.media.layers_of(source->media.handle);
}

}  // namespace

std::expected<room::GuestPass, room::GuestError> admit_guest(const Context& context,
                                                             const room::Id& id,
                                                             std::optional<std::string_view> token,
                                                             room::GuestRole role) {
  const room::Room* room = context.rooms.find(id);
  if (room == nullptr) return no_such_room(id);
  const room::RoomSettings& settings = room->settings();
  if (settings.requires_e2ee)
    return refuse(GuestRefusal::kForbidden, "the room requires end-to-end encrypted media");
  if (role == room::GuestRole::kPlayer && settings.requires_private_id)
    return refuse(GuestRefusal::kForbidden, "the room requires a private id");
  const std::string& secret = context.config.api_secret;
  if (token && !secret.empty() && equals_in_constant_time(*token, secret))
    return room::GuestPass{.has_secret = true};
  if (is_opened_by(context, *room, token, role)) return room::GuestPass{};
  return refuse(GuestRefusal::kUnauthorized,
                token ? "the room does not take this token" : "the room needs a token");
}

GuestResult publish_as_guest(const Context& context, Attachment& attachment,
                             const room::GuestPublish& wanted, Timestamp now,
                             const room::GuestRooms::TellAnswer& tell) {
  room::Room* room = context.rooms.find(wanted.room);
  if (room == nullptr) return no_such_room(wanted.room);
  const Caller caller;
  const json::object nothing;
  GuestAnswer answer(tell);
  const Request request{
      .caller = caller,
      .attachment = attachment,
      .body = nothing,
      .jsep =
          JsepIn{.type = JsepIn::Type::kOffer, .sdp = wanted.offer_sdp, .is_all_or_nothing = true},
      .transaction = {},
      .now = now,
      .answer = answer};
  PublisherJoin join;
  join.id = wanted.id;
  const Result joined = join_as_publisher(context, request, *room, std::move(join), true);
  if (!joined) return refuse(joined.error());
  return {};
}

GuestResult play_as_guest(const Context& context, Attachment& attachment,
                          const room::GuestPlay& wanted, Timestamp now,
                          const std::function<void(SubscribeResult& result)>& tell) {
  return join_as_player(context, attachment, wanted, now,
                        [&](room::Room& room, room::Subscriber& player) -> GuestResult {
                          std::vector<bool> is_shown(player.streams().size());
                          const auto done = context.media.subscribe(
                              player.peer(), room.placement(), wanted.offer_sdp,
                              room.mlines(player), now, [&](SubscribeResult& result) {
                                for (std::size_t i = 0; i < is_shown.size(); ++i)
                                  is_shown[i] = !result.mids[i].empty();
                                tell(result);
                              });
                          if (!done) return refuse(done.error());
                          for (std::size_t i = 0; i < is_shown.size(); ++i) {
                            if (!is_shown[i]) player.unsubscribe(i);
                          }
                          player.offer_sent();
                          player.answer_accepted();
                          return {};
                        });
}

GuestResult offer_to_guest(const Context& context, Attachment& attachment,
                           const room::GuestPlay& wanted, Timestamp now,
                           const room::GuestRooms::TellAnswer& tell) {
  return join_as_player(context, attachment, wanted, now,
                        [&](room::Room& room, room::Subscriber& player) -> GuestResult {
                          const Result offered =
                              make_offer(context, {&room, &player}, false, now,
                                         [&](std::optional<JsepOut> offer) { tell(offer->sdp); });
                          if (!offered) return refuse(offered.error());
                          return {};
                        });
}

GuestResult take_answer_of_guest(const Context& context, const Attachment* attachment,
                                 std::string_view answer_sdp, Timestamp now) {
  const auto who = attachment == nullptr ? std::nullopt : subscription_of(context, *attachment);
  if (!who) return refuse(GuestRefusal::kWrongState, "there is no such player");
  room::Subscriber& player = *who->subscriber;
  const auto accepted = context.media.accept_answer(player.peer(), answer_sdp, now);
  if (!accepted) return refuse(accepted.error());
  player.answer_accepted();
  refresh_receiving(context, *who->room, player, now);
  return {};
}

GuestResult resume_guest(const Context& context, const Attachment* attachment,
                         const std::optional<room::Id>& feed, Timestamp now) {
  const auto who = attachment == nullptr ? std::nullopt : subscription_of(context, *attachment);
  if (!who) return refuse(GuestRefusal::kWrongState, "there is no such player");
  const room::Publisher* publisher = find_feed(*who->room, feed);
  room::Subscriber changed = *who->subscriber;
  bool has_changed = false;
  for (std::size_t i = 0; publisher != nullptr && i < changed.streams().size(); ++i) {
    const room::SubscriberStream& line = changed.streams()[i];
    if (line.source || !context.media.receives(changed.peer(), static_cast<std::uint32_t>(i)))
      continue;
    const room::PublisherStream* stream = next_stream(*publisher, line.kind, changed);
    if (stream == nullptr) continue;
    changed.switch_source(i, {publisher->id, stream->media.mid}, line.layers);
    changed.stream(i).is_offered = changed.stream(i).is_ready = true;
    has_changed = true;
  }
  if (!has_changed) return refuse(GuestRefusal::kNoPublisher, "nobody publishes here now");
  const auto done = context.media.retarget(changed.peer(), who->room->mlines(changed), [] {});
  if (!done) return refuse(done.error());
  if (!*done)
    return refuse(GuestRefusal::kNotAcceptable, "what is published now needs another offer");
  *who->subscriber = std::move(changed);
  refresh_receiving(context, *who->room, *who->subscriber, now);
  return {};
}

std::vector<room::PlayedStream> played_by_guest(const Context& context,
                                                const Attachment& attachment) {
  std::vector<room::PlayedStream> played;
  const auto who = subscription_of(context, attachment);
  if (!who) return played;
  for (const room::SubscriberStream& line : who->subscriber->streams()) {
    const room::PublisherStream* source =
        line.source ? who->room->find_source(*line.source) : nullptr;
    played.push_back({.kind = line.kind,
                      .is_shown = context.media.receives(attachment.handle,
                                                         static_cast<std::uint32_t>(played.size())),
                      .is_active = source != nullptr,
                      .encodings = source == nullptr ? 1 : source->media.encodings,
                      .layers = layers_of(context, source),
                      .layer = line.current_layer});
  }
  return played;
}

void limit_layers_of_guest(const Context& context, const Attachment& attachment, std::size_t mindex,
                           const room::LayerTargets& targets, Timestamp now) {
  const auto who = subscription_of(context, attachment);
  if (!who || mindex >= who->subscriber->streams().size()) return;
  who->subscriber->stream(mindex).layers = targets;
  refresh_receiving(context, *who->room, *who->subscriber, now);
}

}  // namespace penstock::janus::videoroom
