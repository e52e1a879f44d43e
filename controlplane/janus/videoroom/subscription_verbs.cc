// How what a subscriber receives changes: subscribe, unsubscribe, update, switch.
#include <array>

#include "controlplane/janus/requests/reading.h"
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/offers.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/telling.h"
#include "controlplane/janus/videoroom/verbs.h"

namespace penstock::janus::videoroom {
namespace {

using enum JsonType;

std::unexpected<Error> not_an_object(const char* name) {
  return fail(RoomError::kInvalidElement,
              "Invalid element type (" + std::string(name) + " should contain objects)");
}

std::unexpected<Error> no_such_feed(const room::Id& feed) {
  return fail(RoomError::kNoSuchFeed, "No such feed (" + feed.to_string() + ")");
}

std::unexpected<Error> no_such_mid(std::string_view mid, const room::Id& feed) {
  return fail(RoomError::kNoSuchFeed,
              "No such mid '" + std::string(mid) + "' in feed (" + feed.to_string() + ")");
}

// A list that must be there and hold something.
std::expected<const json::array*, Error> read_list(const json::object& body, std::string_view name,
                                                   const char* kind) {
  const std::array<Field, 1> fields{Field{name, kArray, true}};
  if (const auto checked = check_room_fields(body, fields); !checked) {
    return std::unexpected(checked.error());
  }
  const json::array* list = get_array(body, name);
  if (list->empty()) {
    return fail(RoomError::kInvalidElement, "Empty " + std::string(kind) + " list");
  }
  return list;
}

Result unsubscribe_from(const Context& context, room::Subscriber& subscriber,
                        const json::array& items) {
  const std::array<Field, 3> fields{id_field(context, "feed", false), Field{"mid", kString},
                                    Field{"sub_mid", kString}};
  for (const json::value& value : items) {
    if (!value.is_object()) return not_an_object("streams");
    const json::object& item = value.get_object();
    if (const auto checked = check_room_fields(item, fields); !checked) return checked;
    const auto sub_mid = get_string(item, "sub_mid");
    const auto feed = read_id(context, item, "feed");
    if (!sub_mid && !feed) {
      return fail(RoomError::kMissingElement, "Missing mandatory element (feed)");
    }
    // What is not there any more needs no ending: the client may not know yet.
    if (sub_mid) {
      if (const auto mindex = subscriber.index_of(*sub_mid)) subscriber.unsubscribe(*mindex);
    } else {
      subscriber.unsubscribe(*feed, get_string(item, "mid"));
    }
  }
  return {};
}

Result subscribe_to(const Context& context, const room::Room& room, room::Subscriber& subscriber,
                    const json::array& items) {
  const auto wanted = read_subscriptions(context, room, items);
  if (!wanted) return std::unexpected(wanted.error());
  const bool is_e2ee = subscriber.options().is_e2ee;
  for (const room::SubscriptionRequest& item : *wanted) {
    if (room.find_publisher(item.source.feed)->is_e2ee != is_e2ee) {
      return fail(RoomError::kInvalidFeed, std::string("Can't have ") + (is_e2ee ? "not " : "") +
                                               "end-to-end encrypted feed in this subscription (" +
                                               item.source.feed.to_string() + ")");
    }
    if (const auto added = add_subscription(subscriber, item); !added) return added;
  }
  return {};
}

// Both lists at once, with one offer. On any error the subscriber stays as it was.
Result change(const Context& context, const Request& request, Subscription who,
              const json::array* added, const json::array* removed) {
  room::Subscriber changed = *who.subscriber;
  if (removed != nullptr) {
    if (const Result done = unsubscribe_from(context, changed, *removed); !done) return done;
  }
  if (added != nullptr) {
    if (const Result done = subscribe_to(context, *who.room, changed, *added); !done) return done;
  }
  const auto event = [&](std::string_view what) {
    return ObjectText{{"videoroom", what}, {"room", to_json(who.room->id())}};
  };
  if (changed.sources() == who.subscriber->sources()) {
    reply(context, request, event("updated"));
    return {};
  }
  const Result offered = make_offer(
      context, {who.room, &changed}, false, request.now, [&](std::optional<JsepOut> offer) {
        if (!offer) return reply(context, request, event("updating"));
        ObjectText updated = event("updated");
        updated.add("streams", subscriber_streams_json(*who.room, changed));
        reply(context, request, std::move(updated), std::move(offer));
      });
  if (!offered) return offered;
  *who.subscriber = std::move(changed);
  refresh_pauses(context, *who.room, *who.subscriber);
  return {};
}

// The sources of one item of `switch`, or nothing if the item is one that is skipped.
std::expected<std::optional<std::pair<std::size_t, room::Source>>, Error> read_switch(
    const Context& context, const Subscription& who, const json::object& item) {
  const std::array<Field, 3> fields{id_field(context, "feed", true), Field{"mid", kString, true},
                                    Field{"sub_mid", kString, true}};
  if (const auto checked = check_room_fields(item, fields); !checked) {
    return std::unexpected(checked.error());
  }
  const room::Source source{read_id(context, item, "feed").value_or(room::Id()),
                            std::string(*get_string(item, "mid"))};
  const room::Publisher* publisher = who.room->find_publisher(source.feed);
  if (publisher == nullptr || !publisher->is_publishing) return no_such_feed(source.feed);
  const room::PublisherStream* stream = who.room->find_source(source);
  if (stream == nullptr) return no_such_mid(source.mid, source.feed);
  const auto mindex = who.subscriber->index_of(*get_string(item, "sub_mid"));
  if (!mindex) return std::nullopt;
  const room::SubscriberStream& line = who.subscriber->streams()[*mindex];
  if (line.kind != stream->media.kind || line.source == source) return std::nullopt;
  if (publisher->is_e2ee != who.subscriber->options().is_e2ee) return std::nullopt;
  const room::PublisherStream* old = line.source ? who.room->find_source(*line.source) : nullptr;
  if (old != nullptr && old->media.codec != stream->media.codec) return std::nullopt;
  return std::pair(*mindex, source);
}

}  // namespace

// What a list of {feed, mid?} asks for, every stream found. An item without mid is all streams.
std::expected<std::vector<room::SubscriptionRequest>, Error> read_subscriptions(
    const Context& context, const room::Room& room, const json::array& items) {
  const std::array<Field, 4> fields{id_field(context, "feed", true), Field{"mid", kString},
                                    Field{"crossrefid", kString}, Field{"send", kBoolean}};
  std::vector<room::SubscriptionRequest> wanted;
  for (const json::value& value : items) {
    if (!value.is_object()) return not_an_object("streams");
    const json::object& item = value.get_object();
    if (const auto checked = check_room_fields(item, fields); !checked) {
      return std::unexpected(checked.error());
    }
    const auto layers = read_layers(item);
    if (!layers) return std::unexpected(layers.error());
    const room::Id feed = read_id(context, item, "feed").value_or(room::Id());
    const room::Publisher* publisher = room.find_publisher(feed);
    if (publisher == nullptr || !publisher->is_publishing) return no_such_feed(feed);
    const auto mid = get_string(item, "mid");
    if (mid && publisher->find_stream(*mid) == nullptr) return no_such_mid(*mid, feed);
    for (const room::PublisherStream& stream : publisher->streams) {
      if (!stream.media.is_active || (mid && stream.media.mid != *mid)) continue;
      wanted.push_back({.source = {feed, stream.media.mid},
                        .kind = stream.media.kind,
                        .crossrefid = std::string(get_string(item, "crossrefid").value_or("")),
                        .is_sent = get_bool(item, "send").value_or(true),
                        .layers = *layers});
    }
  }
  return wanted;
}

Result add_subscription(room::Subscriber& subscriber, const room::SubscriptionRequest& item) {
  if (subscriber.subscribe(item) != room::Subscriber::AddResult::kFull) return {};
  return fail(RoomError::kUnknown,
              "Too many streams in this subscription (limits.subscriptions_per_subscriber_max)");
}

Result subscribe(const Context& context, const Request& request) {
  const auto who = find_subscription(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  const auto list = read_list(request.body, "streams", "subscription");
  if (!list) return std::unexpected(list.error());
  return change(context, request, *who, *list, nullptr);
}

Result unsubscribe(const Context& context, const Request& request) {
  const auto who = find_subscription(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  const auto list = read_list(request.body, "streams", "unsubscription");
  if (!list) return std::unexpected(list.error());
  return change(context, request, *who, nullptr, *list);
}

Result update(const Context& context, const Request& request) {
  const auto who = find_subscription(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  std::expected<const json::array*, Error> added = nullptr;
  std::expected<const json::array*, Error> removed = nullptr;
  if (request.body.contains("subscribe")) {
    added = read_list(request.body, "subscribe", "subscription");
  }
  if (!added) return std::unexpected(added.error());
  if (request.body.contains("unsubscribe")) {
    removed = read_list(request.body, "unsubscribe", "unsubscription");
  }
  if (!removed) return std::unexpected(removed.error());
  if (*added == nullptr && *removed == nullptr) {
    return fail(RoomError::kMissingElement,
                "At least one of either 'subscribe' or 'unsubscribe' must be present");
  }
  return change(context, request, *who, *added, *removed);
}

Result switch_sources(const Context& context, const Request& request) {
  auto who = find_subscription(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  const auto list = read_list(request.body, "streams", "switch");
  if (!list) return std::unexpected(list.error());
  room::Subscriber changed = *who->subscriber;
  std::size_t changes = 0;
  for (const json::value& value : **list) {
    if (!value.is_object()) return not_an_object("streams");
    const json::object& item = value.get_object();
    const auto layers = read_layers(item);
    if (!layers) return std::unexpected(layers.error());
    const auto target = read_switch(context, {who->room, &changed}, item);
    if (!target) return std::unexpected(target.error());
    if (!*target) continue;
    changed.switch_source((*target)->first, (*target)->second, *layers);
    ++changes;
  }
  const auto tell = [&](std::optional<JsepOut> offer) {
    ObjectText event = room_event(*who->room);
    event.add("switched", "ok").add("changes", changes);
    event.add("streams", subscriber_streams_json(*who->room, changed));
    reply(context, request, std::move(event));
    if (offer) push_updated(context, *who->room, changed, *std::move(offer));
  };
  if (changes == 0) {
    tell(std::nullopt);
  } else if (const Result offered =
                 make_offer(context, {who->room, &changed}, false, request.now, tell);
             !offered) {
    return offered;
  }
  *who->subscriber = std::move(changed);
  refresh_pauses(context, *who->room, *who->subscriber);
  return {};
}

}  // namespace penstock::janus::videoroom
