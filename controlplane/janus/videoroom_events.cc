// Who is told what.
#include "controlplane/janus/videoroom.h"
#include "controlplane/janus/videoroom_json.h"

namespace penstock::janus {

VideoRoom::Result VideoRoom::answer(const Request& request, ObjectText data) {
  std::string text = request.answer->begin();
  text += std::move(data).text();
  request.answer->finish(std::move(text));
  return {};
}

void VideoRoom::reply(const Request& request, ObjectText data, std::optional<JsepOut> jsep) {
  const std::string text = std::move(data).text();
  host_.push_event(request.attachment.handle,
                   {.transaction = request.transaction, .data = text, .jsep = std::move(jsep)});
}

// Participants only, publishing or not: subscribers hear of feeds through their offers.
void VideoRoom::notify_others(const room::Room& room, const room::Id& except, ObjectText data) {
  const std::string text = std::move(data).text();
  for (const room::Publisher& publisher : room.publishers()) {
    if (publisher.id == except) continue;
    host_.push_event(publisher.peer, {.transaction = {}, .data = text, .jsep = {}});
  }
}

// `how` is "unpublished" or "leaving".
void VideoRoom::notify_left(const room::Room& room, const room::Publisher& publisher,
                            std::string_view how) {
  ObjectText event = room_event(room);
  add_profile(event, publisher);
  event.add(how, to_json(publisher.id));
  notify_others(room, publisher.id, std::move(event));
}

void VideoRoom::notify_publishing(const room::Room& room, const room::Publisher& publisher) {
  ObjectText event = room_event(room);
  ArrayText publishers;
  publishers.add(publisher_json(publisher, false));
  event.add("publishers", std::move(publishers).json());
  notify_others(room, publisher.id, std::move(event));
}

void VideoRoom::push_updated(const room::Room& room, const room::Subscriber& subscriber,
                             JsepOut offer) {
  ObjectText event{{"videoroom", "updated"},
                   {"room", to_json(room.id())},
                   {"streams", subscriber_streams_json(room, subscriber)}};
  const std::string text = std::move(event).text();
  host_.push_event(subscriber.peer(), {.transaction = {}, .data = text, .jsep = std::move(offer)});
}

}  // namespace penstock::janus
