// How what a subscriber receives changes: subscribe, unsubscribe, update, switch.
#include <span>

#include "controlplane/janus/requests/subscriber_requests.h"
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/offers.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/telling.h"
#include "controlplane/janus/videoroom/verbs.h"

namespace penstock::janus::videoroom {
namespace {

std::unexpected<Error> no_such_feed(const room::Id& feed) {
  return fail(RoomError::kNoSuchFeed, "No such feed (" + feed.to_string() + ")");
}

std::unexpected<Error> no_such_mid(std::string_view mid, const room::Id& feed) {
  return fail(RoomError::kNoSuchFeed,
              "No such mid '" + std::string(mid) + "' in feed (" + feed.to_string() + ")");
}

void unsubscribe_from(room::Subscriber& subscriber, std::span<const UnwantedStream> streams) {
  for (const UnwantedStream& stream : streams) {
    // What is not there any more needs no ending: the client may not know yet.
    if (!stream.sub_mid) {
      subscriber.unsubscribe(*stream.feed, stream.mid);
    } else if (const auto mindex = subscriber.index_of(*stream.sub_mid)) {
      subscriber.unsubscribe(*mindex);
    }
  }
}

Result subscribe_to(const room::Room& room, room::Subscriber& subscriber,
                    std::span<const WantedStream> streams) {
  const auto found = find_streams(room, streams);
  if (!found) return std::unexpected(found.error());
  const bool is_e2ee = subscriber.options().is_e2ee;
  for (const room::SubscriptionRequest& item : *found) {
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
              const UpdateRequest& wanted) {
  room::Subscriber changed = *who.subscriber;
  unsubscribe_from(changed, wanted.removed);
  if (const Result done = subscribe_to(*who.room, changed, wanted.added); !done) return done;
  const auto event = [&](std::string_view what) {
    return ObjectText{{"videoroom", what}, {"room", to_json(who.room->id())}};
  };
  if (changed.sources() == who.subscriber->sources()) {
    give_answer(request, event("updated"));
    return {};
  }
  const Result offered = make_offer(
      context, {who.room, &changed}, false, request.now, [&](std::optional<JsepOut> offer) {
        if (!offer) return give_answer(request, event("updating"));
        ObjectText updated = event("updated");
        updated.add("streams", subscriber_streams_json(*who.room, changed));
        give_answer(request, std::move(updated), std::move(offer));
      });
  if (!offered) return offered;
  *who.subscriber = std::move(changed);
  refresh_receiving(context, *who.room, *who.subscriber, request.now);
  return {};
}

// An m-line of a subscriber, and what it is to show.
struct Switch {
  std::size_t mindex = 0;
  room::Source source;
  room::LayerTargets layers;
};

// What one item of `switch` asks for, or nothing if the item is one that is skipped.
std::expected<std::optional<Switch>, Error> find_switch(const Subscription& who,
                                                        const SwitchRequest::Item& item) {
  const room::Source source{item.feed, std::string(item.mid)};
  const room::Publisher* publisher = who.room->find_publisher(source.feed);
  if (publisher == nullptr || !publisher->is_publishing) return no_such_feed(source.feed);
  const room::PublisherStream* stream = who.room->find_source(source);
  if (stream == nullptr || !stream->media.is_active) return no_such_mid(source.mid, source.feed);
  const auto mindex = who.subscriber->index_of(item.sub_mid);
  if (!mindex) return std::nullopt;
  const room::SubscriberStream& line = who.subscriber->streams()[*mindex];
  if (line.kind != stream->media.kind || line.source == source) return std::nullopt;
  if (publisher->is_e2ee != who.subscriber->options().is_e2ee) return std::nullopt;
  const room::PublisherStream* old = line.source ? who.room->find_source(*line.source) : nullptr;
  if (old != nullptr && old->media.codec != stream->media.codec) return std::nullopt;
  return Switch{.mindex = *mindex, .source = source, .layers = item.layers};
}

std::expected<std::vector<Switch>, Error> find_switches(
    const Subscription& who, std::span<const SwitchRequest::Item> items) {
  std::vector<Switch> found;
  for (const SwitchRequest::Item& item : items) {
    auto target = find_switch(who, item);
    if (!target) return std::unexpected(target.error());
    if (*target) found.push_back(**std::move(target));
  }
  return found;
}

// The legacy form: of each kind, the m-lines in their order show the feed's streams in theirs.
std::expected<std::vector<Switch>, Error> find_switches(const Subscription& who,
                                                        const room::Id& feed) {
  const room::Publisher* publisher = who.room->find_publisher(feed);
  if (publisher == nullptr || !publisher->is_publishing) return no_such_feed(feed);
  std::vector<SwitchRequest::Item> items;
  std::vector<std::string> mids;
  mids.reserve(who.subscriber->streams().size());  // items look at them
  std::vector<bool> is_taken(publisher->streams.size());
  for (std::size_t mindex = 0; mindex < who.subscriber->streams().size(); ++mindex) {
    for (std::size_t i = 0; i < publisher->streams.size(); ++i) {
      const room::PublisherStream& stream = publisher->streams[i];
      if (is_taken[i] || !stream.is_active(who.subscriber->streams()[mindex].kind)) continue;
      is_taken[i] = true;
      mids.push_back(std::to_string(mindex));
      items.push_back(
          {.feed = feed, .mid = stream.media.mid, .sub_mid = mids.back(), .layers = {}});
      break;
    }
  }
  auto found = find_switches(who, items);
  if (found && found->empty()) return fail(RoomError::kInvalidElement, "Empty switch list");
  return found;
}

}  // namespace

std::expected<std::vector<room::SubscriptionRequest>, Error> find_streams(
    const room::Room& room, std::span<const WantedStream> wanted) {
  std::vector<room::SubscriptionRequest> found;
  for (const WantedStream& item : wanted) {
    const room::Publisher* publisher = room.find_publisher(item.feed);
    if (publisher == nullptr || !publisher->is_publishing) return no_such_feed(item.feed);
    if (item.mid && publisher->find_stream(*item.mid) == nullptr) {
      return no_such_mid(*item.mid, item.feed);
    }
    for (const room::PublisherStream& stream : publisher->streams) {
      if (!stream.media.is_active || (item.mid && stream.media.mid != *item.mid)) continue;
      found.push_back({.source = {item.feed, stream.media.mid},
                       .kind = stream.media.kind,
                       .crossrefid = std::string(item.crossrefid),
                       .is_sent = item.is_sent,
                       .layers = item.layers});
    }
  }
  return found;
}

Result add_subscription(room::Subscriber& subscriber, const room::SubscriptionRequest& item) {
  if (subscriber.subscribe(item) != room::Subscriber::AddResult::kFull) return {};
  return fail(RoomError::kUnknown,
              "Too many streams in this subscription (limits.subscriptions_per_subscriber_max)");
}

Result subscribe(const Context& context, const Request& request) {
  const auto who = find_subscription(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  const auto wanted = read_subscribe(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  return change(context, request, *who, *wanted);
}

Result unsubscribe(const Context& context, const Request& request) {
  const auto who = find_subscription(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  const auto wanted = read_unsubscribe(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  return change(context, request, *who, *wanted);
}

Result update(const Context& context, const Request& request) {
  const auto who = find_subscription(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  const auto wanted = read_update(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  return change(context, request, *who, *wanted);
}

Result switch_sources(const Context& context, const Request& request) {
  auto who = find_subscription(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  const auto wanted = read_switch_request(request.body, context.ids);
  if (!wanted) return std::unexpected(wanted.error());
  room::Subscriber changed = *who->subscriber;
  const auto switches =
      wanted->feed ? find_switches(*who, *wanted->feed) : find_switches(*who, wanted->items);
  if (!switches) return std::unexpected(switches.error());
  for (const Switch& made : *switches) {
    changed.switch_source(made.mindex, made.source, made.layers);
  }
  const auto tell = [&](std::optional<JsepOut> offer) {
    ObjectText event = room_event(*who->room);
    event.add("switched", "ok").add("changes", switches->size());
    event.add("streams", subscriber_streams_json(*who->room, changed));
    give_answer(request, std::move(event));
    if (offer) push_updated(context, *who->room, changed, *std::move(offer));
  };
  const auto done = context.media.retarget(changed.peer(), who->room->mlines(changed),
                                           [&] { tell(std::nullopt); });
  if (!done) return fail(RoomError::kUnknown, "Error switching: " + done.error().text);
  if (!*done) {
    for (const Switch& made : *switches) changed.await_offer(made.mindex);
    if (const Result offered = make_offer(context, {who->room, &changed}, false, request.now, tell);
        !offered) {
      return offered;
    }
  }
  *who->subscriber = std::move(changed);
  refresh_receiving(context, *who->room, *who->subscriber, request.now);
  return {};
}

}  // namespace penstock::janus::videoroom
