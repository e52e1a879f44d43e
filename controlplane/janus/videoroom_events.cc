// Who is told what.
#include "controlplane/janus/videoroom.h"
#include "controlplane/janus/videoroom_json.h"

namespace penstock::janus {

VideoRoom::Result VideoRoom::answer(const Request& request, json::object data) {
  request.answer(std::move(data));
  return {};
}

void VideoRoom::reply(const Request& request, json::object data, std::optional<JsepOut> jsep) {
  host_.push_event(
      request.attachment.handle,
      {.transaction = request.transaction, .data = std::move(data), .jsep = std::move(jsep)});
}

// Participants only, publishing or not: subscribers hear of feeds through their offers.
void VideoRoom::notify_others(const room::Room& room, const room::Id& except,
                              const json::object& data) {
  for (const room::Publisher& publisher : room.publishers()) {
    if (publisher.id == except) continue;
    host_.push_event(publisher.peer, {.transaction = {}, .data = data, .jsep = {}});
  }
}

// `how` is "unpublished" or "leaving".
void VideoRoom::notify_left(const room::Room& room, const room::Publisher& publisher,
                            std::string_view how) {
  json::object event = room_event(room);
  add_profile(event, publisher);
  event[how] = to_json(publisher.id);
  notify_others(room, publisher.id, event);
}

void VideoRoom::notify_publishing(const room::Room& room, const room::Publisher& publisher) {
  json::object event = room_event(room);
  event["publishers"] = json::array{publisher_json(publisher, false)};
  notify_others(room, publisher.id, event);
}

void VideoRoom::push_updated(const room::Room& room, const room::Subscriber& subscriber,
                             JsepOut offer) {
  json::object event{{"videoroom", "updated"},
                     {"room", to_json(room.id())},
                     {"streams", subscriber_streams_json(room, subscriber)}};
  host_.push_event(subscriber.peer(),
                   {.transaction = {}, .data = std::move(event), .jsep = std::move(offer)});
}

}  // namespace penstock::janus
