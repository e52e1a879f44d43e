// What a subscriber does with what it has: start, pause, configure, leave.

#include "controlplane/janus/requests/reading.h"
#include "controlplane/janus/videoroom/endings.h"
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/offers.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/telling.h"
#include "controlplane/janus/videoroom/verbs.h"

namespace penstock::janus::videoroom {
namespace {

using enum JsonType;

constexpr Field kSubscriberConfigureFields[] = {
    {"streams", kArray}, {"restart", kBoolean}, {"update", kBoolean}, {"mid", kString},
    {"send", kBoolean},  {"audio", kBoolean},   {"video", kBoolean},  {"data", kBoolean},
};
constexpr Field kSubscriberStreamFields[] = {{"mid", kString}, {"send", kBoolean}};

// What one item of `configure` changes.
struct Change {
  std::optional<std::size_t> mindex;  // absent: all m-lines
  std::optional<bool> is_sent;
  room::LayerTargets layers;
};

std::expected<Change, Error> read_change(const room::Subscriber& subscriber,
                                         const json::object& item) {
  Change change{.mindex = {}, .is_sent = get_bool(item, "send"), .layers = {}};
  const auto layers = read_layers(item);
  if (!layers) return std::unexpected(layers.error());
  change.layers = *layers;
  if (const auto mid = get_string(item, "mid")) {
    change.mindex = subscriber.index_of(*mid);
    if (!change.mindex) {
      return fail(RoomError::kNoSuchFeed,
                  "No such mid '" + std::string(*mid) + "' in subscription");
    }
  }
  return change;
}

std::expected<std::vector<Change>, Error> read_changes(const room::Subscriber& subscriber,
                                                       const json::object& body) {
  std::vector<Change> changes;
  if (const json::array* items = get_array(body, "streams")) {
    for (const json::value& item : *items) {
      if (!item.is_object()) {
        return fail(RoomError::kInvalidElement,
                    "Invalid element type (streams should contain objects)");
      }
      const json::object& object = item.get_object();
      if (const auto checked = check_room_fields(object, kSubscriberStreamFields); !checked) {
        return std::unexpected(checked.error());
      }
      if (!object.contains("mid")) {
        return fail(RoomError::kInvalidElement,
                    "Invalid value (mid can't be null in a streams array)");
      }
      const auto change = read_change(subscriber, object);
      if (!change) return std::unexpected(change.error());
      changes.push_back(*change);
    }
    return changes;
  }
  // The form that the demo pages send: the same keys at the top.
  const auto change = read_change(subscriber, body);
  if (!change) return std::unexpected(change.error());
  changes.push_back(*change);
  return changes;
}

void apply(const Change& change, room::Subscriber& subscriber) {
  for (std::size_t i = 0; i < subscriber.streams().size(); ++i) {
    if (change.mindex && *change.mindex != i) continue;
    room::SubscriberStream& stream = subscriber.stream(i);
    stream.is_sent = change.is_sent.value_or(stream.is_sent);
    stream.layers.merge(change.layers);
  }
}

// The legacy switches: a whole kind on or off.
void apply_kinds(const json::object& body, room::Subscriber& subscriber) {
  for (std::size_t i = 0; i < subscriber.streams().size(); ++i) {
    room::SubscriberStream& stream = subscriber.stream(i);
    stream.is_sent = get_bool(body, to_json(stream.kind)).value_or(stream.is_sent);
  }
}

// That the server is full is no fault of the answer.
std::unexpected<Error> answer_error(const MediaError& error) {
  if (error.kind == MediaErrorKind::kCapacity) return fail(RoomError::kUnknown, error.text);
  return fail(RoomError::kInvalidSdp, "Error parsing answer: " + error.text);
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
  reply(context, request, std::move(event));
  if (request.jsep) {
    const auto accepted =
        context.media.accept_answer(subscriber.peer(), request.jsep->sdp, request.now);
    if (!accepted) return answer_error(accepted.error());
    subscriber.answer_accepted();
    if (!accepted->empty()) {
      ObjectText notice = room_event(*who->room);
      add_warnings(notice, *accepted);
      const std::string text = std::move(notice).text();
      context.host.push_event(subscriber.peer(), {.transaction = {}, .data = text, .jsep = {}});
    }
  }
  subscriber.is_paused = false;
  refresh_pauses(context, *who->room, subscriber);
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
  reply(context, request, std::move(event));
  who->subscriber->is_paused = true;
  refresh_pauses(context, *who->room, *who->subscriber);
  return {};
}

Result configure_subscriber(const Context& context, const Request& request) {
  const json::object& body = request.body;
  const auto who = find_subscription(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  if (const auto checked = check_room_fields(body, kSubscriberConfigureFields); !checked)
    return checked;
  const auto changes = read_changes(*who->subscriber, body);
  if (!changes) return std::unexpected(changes.error());

  room::Subscriber changed = *who->subscriber;
  apply_kinds(body, changed);
  for (const Change& item : *changes) apply(item, changed);
  const auto tell = [&](std::optional<JsepOut> offer) {
    ObjectText event = room_event(*who->room);
    event.add("configured", "ok");
    reply(context, request, std::move(event), std::move(offer));
  };
  const bool restart = get_bool(body, "restart").value_or(false);
  if (!restart && !get_bool(body, "update").value_or(false)) {
    tell(std::nullopt);
  } else if (const Result offered =
                 make_offer(context, {who->room, &changed}, restart, request.now, tell);
             !offered) {
    return offered;
  }
  *who->subscriber = std::move(changed);
  refresh_pauses(context, *who->room, *who->subscriber);
  return {};
}

Result leave_subscriber(const Context& context, const Request& request) {
  const auto who = find_subscription(context, request.attachment);
  if (!who) return std::unexpected(who.error());
  ObjectText event = room_event(*who->room);
  event.add("left", "ok");
  reply(context, request, std::move(event));
  context.host.close_connection(request.attachment.handle, "Close PC", request.now);
  remove_subscriber(context, *who->room, request.attachment.handle, request.now);
  return {};
}

}  // namespace penstock::janus::videoroom
