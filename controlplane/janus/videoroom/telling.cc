// Who is told what.

#include "controlplane/janus/videoroom/telling.h"

#include <utility>

#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/spreading.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus::videoroom {
namespace {

// An event that there is no memory for is lost.
template <typename Value>
void push_of_stream(const Context& context, const Subscription& who, std::uint32_t mindex,
                    std::string_view name, Value value) {
  best_effort([&] {
    ObjectText event = room_event(*who.room);
    event.add("mid", std::to_string(mindex)).add(name, value);
    const std::string text = std::move(event).text();
    context.host.push_event(who.subscriber->peer(), {.data = text, .jsep = {}});
  });
}

}  // namespace

void give_answer(const Request& request, ObjectText data, std::optional<JsepOut> jsep) {
  std::string text = std::move(data).text();
  text.insert(0, request.answer.begin());  // the data may be long
  request.answer.finish(std::move(text), std::move(jsep));
}

Result answer(const Request& request, ObjectText data) {
  give_answer(request, std::move(data));
  return {};
}

void notify_others(const Context& context, room::Room& room, const room::Id& except,
                   ObjectText data) {
  spread_event(context, room, except, std::move(data).text());
}

// `how` is "unpublished" or "leaving".
void notify_left(const Context& context, room::Room& room, const room::Publisher& publisher,
                 std::string_view how) {
  ObjectText event = room_event(room);
  add_profile(event, publisher);
  event.add(how, to_json(publisher.id));
  notify_others(context, room, publisher.id, std::move(event));
}

void notify_publishing(const Context& context, room::Room& room, const room::Publisher& publisher) {
  ObjectText event = room_event(room);
  ArrayText publishers;
  publishers.add(publisher_json(publisher, nullptr));
  event.add("publishers", std::move(publishers).json());
  notify_others(context, room, publisher.id, std::move(event));
}

void push_updated(const Context& context, const room::Room& room,
                  const room::Subscriber& subscriber, JsepOut offer) {
  ObjectText event{{"videoroom", "updated"},
                   {"room", to_json(room.id())},
                   {"streams", subscriber_streams_json(room, subscriber)}};
  const std::string text = std::move(event).text();
  context.host.push_event(subscriber.peer(), {.data = text, .jsep = std::move(offer)});
}

void tell_layer(const Context& context, const Attachment& attachment, std::uint32_t mindex,
                Layer layer) {
  const auto who = subscription_of(context, attachment);
  if (!who || mindex >= who->subscriber->streams().size()) return;
  room::SubscriberStream& stream = who->subscriber->stream(mindex);
  const room::PublisherStream* source =
      stream.source ? who->room->find_source(*stream.source) : nullptr;
  if (source == nullptr) return;
  const auto before = std::exchange(stream.current_layer, layer);
  const bool is_simulcast = source->media.is_simulcast;
  const auto tell = [&](std::string_view name, std::uint8_t part) {
    push_of_stream(context, *who, mindex, name, int{part});
  };
  if (!before || before->spatial != layer.spatial)
    tell(is_simulcast ? "substream" : "spatial_layer", layer.spatial);
  if (!before || before->temporal != layer.temporal)
    tell(is_simulcast ? "temporal" : "temporal_layer", layer.temporal);
}

void tell_layer_is_there(const Context& context, const Subscription& who, std::uint32_t mindex,
                         const room::LayerTargets& asked) {
  const room::SubscriberStream& stream = who.subscriber->streams()[mindex];
  if (!stream.source || !stream.current_layer) return;
  const room::PublisherStream* source = who.room->find_source(*stream.source);
  if (source == nullptr) return;
  const auto tell = [&](std::string_view name, std::optional<std::uint32_t> wanted,
                        std::uint8_t part) {
    if (wanted == part) push_of_stream(context, who, mindex, name, int{part});
  };
  const Layer layer = *stream.current_layer;
  if (source->media.is_simulcast) {
    tell("substream", asked.substream, layer.spatial);
    tell("temporal", asked.temporal, layer.temporal);
  } else {
    tell("spatial_layer", asked.spatial_layer, layer.spatial);
    tell("temporal_layer", asked.temporal_layer, layer.temporal);
  }
}

void tell_starved(const Context& context, const Attachment& attachment, std::uint32_t mindex,
                  bool is_starved) {
  const auto who = subscription_of(context, attachment);
  if (!who || mindex >= who->subscriber->streams().size()) return;
  push_of_stream(context, *who, mindex, "starved", is_starved);
}

}  // namespace penstock::janus::videoroom
