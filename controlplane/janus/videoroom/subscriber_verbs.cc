// What a subscriber does with what it has: start, pause, configure, leave.

#include "controlplane/janus/requests/subscriber_requests.h"
#include "controlplane/janus/videoroom/endings.h"
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/offers.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/telling.h"
#include "controlplane/janus/videoroom/verbs.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus::videoroom {
namespace {

using Change = SubscriberConfigureRequest::Change;

Result apply(const Change& change, room::Subscriber& subscriber) {
  std::optional<std::size_t> mindex;
  if (change.mid) {
    mindex = subscriber.index_of(*change.mid);
    if (!mindex) {
      return fail(RoomError::kNoSuchFeed,
                  "No such mid '" + std::string(*change.mid) + "' in subscription");
    }
  }
  for (std::size_t i = 0; i < subscriber.streams().size(); ++i) {
    if (mindex && *mindex != i) continue;
    room::SubscriberStream& stream = subscriber.stream(i);
    stream.is_sent = change.is_sent.value_or(stream.is_sent);
    stream.layers.merge(change.layers);
  }
  return {};
}

// The legacy switches: a whole kind on or off.
void apply_kinds(const SubscriberConfigureRequest& wanted, room::Subscriber& subscriber) {
  for (std::size_t i = 0; i < subscriber.streams().size(); ++i) {
    room::SubscriberStream& stream = subscriber.stream(i);
    stream.is_sent = wanted.sends.of(stream.kind).value_or(stream.is_sent);
  }
}

// That the server is full is no fault of the answer.
std::unexpected<Error> answer_error(const MediaError& error) {
  if (error.kind == MediaErrorKind::kCapacity) return fail(RoomError::kUnknown, error.text);
  return fail(RoomError::kInvalidSdp, "Error parsing answer: " + error.text);
}

void push_warnings(const Context& context, const Subscription& who,
                   const std::vector<std::string>& warnings) {
  if (warnings.empty()) return;
  ObjectText notice = room_event(*who.room);
  add_warnings(notice, warnings);
  const std::string text = std::move(notice).text();
  context.host.push_event(who.subscriber->peer(), {.data = text, .jsep = {}});
}

}  // namespace

Result already_subscriber(const Context&, const Request&) {
  return fail(RoomError::kAlreadyJoined, "Already in as a subscriber on this handle");
}

Result start(const Context& context, const Request& request) {
  const auto who = find_subscription(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  room::Subscriber& subscriber = *who->subscriber;
  ObjectText event = room_event(*who->room);
  event.add("started", "ok");
  give_answer(request, std::move(event));
  if (request.jsep) {
    const auto accepted =
        context.media.accept_answer(subscriber.peer(), request.jsep->sdp, request.now);
    if (!accepted) return answer_error(accepted.error());
    subscriber.answer_accepted();
    for (std::uint32_t i = 0; i < subscriber.streams().size(); ++i) {
      if (!context.media.receives(subscriber.peer(), i)) subscriber.stream(i).is_ready = false;
    }
    best_effort([&] { push_warnings(context, *who, *accepted); });
  }
  subscriber.is_paused = false;
  refresh_receiving(context, *who->room, subscriber, request.now);
  if (subscriber.is_update_wanted() && !subscriber.is_offer_pending()) {
    push_update(context, *who->room, subscriber, request.now);
  }
  return {};
}

Result pause(const Context& context, const Request& request) {
  const auto who = find_subscription(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  ObjectText event = room_event(*who->room);
  event.add("paused", "ok");
  give_answer(request, std::move(event));
  who->subscriber->is_paused = true;
  refresh_receiving(context, *who->room, *who->subscriber, request.now);
  return {};
}

Result configure_subscriber(const Context& context, const Request& request) {
  const auto who = find_subscription(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  const auto wanted = read_subscriber_configure(request.body);
  if (!wanted) return std::unexpected(wanted.error());
  room::Subscriber changed = *who->subscriber;
  apply_kinds(*wanted, changed);
  for (const Change& item : wanted->changes) {
    if (const Result applied = apply(item, changed); !applied) return applied;
  }
  const auto tell = [&](std::optional<JsepOut> offer) {
    ObjectText event = room_event(*who->room);
    event.add("configured", "ok");
    give_answer(request, std::move(event), std::move(offer));
  };
  const bool restart = wanted->restarts_ice;
  if (!restart && !wanted->updates) {
    tell(std::nullopt);
  } else if (const Result offered =
                 make_offer(context, {who->room, &changed}, restart, request.now, tell);
             !offered) {
    return offered;
  }
  *who->subscriber = std::move(changed);
  refresh_receiving(context, *who->room, *who->subscriber, request.now);
  if (wanted->bitrate_bps)
    context.media.limit_receiver(who->subscriber->peer(), *wanted->bitrate_bps);
  for (const Change& item : wanted->changes) {
    for (std::uint32_t i = 0; i < who->subscriber->streams().size(); ++i) {
      if (!item.mid || who->subscriber->index_of(*item.mid) == i)
        tell_layer_is_there(context, *who, i, item.layers);
    }
  }
  return {};
}

Result leave_subscriber(const Context& context, const Request& request) {
  const auto who = find_subscription(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  ObjectText event = room_event(*who->room);
  event.add("left", "ok");
  give_answer(request, std::move(event));
  context.host.close_connection(request.attachment.handle, "Close PC", request.now);
  remove_subscriber(context, *who->room, request.attachment.handle, request.now);
  return {};
}

}  // namespace penstock::janus::videoroom
