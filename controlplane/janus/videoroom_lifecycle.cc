// Ends of publishers, subscribers and rooms, and the offers that follow from them.
#include "controlplane/janus/videoroom.h"
#include "controlplane/janus/videoroom_json.h"

namespace penstock::janus {

void VideoRoom::connection_closed(Attachment& attachment, Timestamp now) {
  if (attachment.role == Attachment::Role::kPublisher) {
    const auto who = find_participant(attachment);
    if (who && who->publisher->is_publishing) end_publishing(*who, now);
  } else if (const auto who = find_subscription(attachment)) {
    remove_subscriber(*who->room, attachment.handle, now);
  }
}

void VideoRoom::detach(Attachment& attachment, Timestamp now) {
  if (attachment.role == Attachment::Role::kPublisher) {
    const auto who = find_participant(attachment);
    if (!who) return;
    notify_left(*who->room, *who->publisher, "unpublished");
    notify_left(*who->room, *who->publisher, "leaving");
    remove_participant(*who, now);
  } else if (const auto who = find_subscription(attachment)) {
    remove_subscriber(*who->room, attachment.handle, now);
  }
}

void VideoRoom::end_publishing(Participant who, Timestamp now) {
  const std::vector<std::string> ended = who.publisher->clear_streams();
  notify_left(*who.room, *who.publisher, "unpublished");
  end_streams(*who.room, who.publisher->id, ended, now);
}

// The one end of a publisher: leave, kick, detach, a join that fails, the end of the room. Its peer
// is closed before by whoever ends it, for a reason of theirs (except by `leave`, which closes
// nothing).
void VideoRoom::remove_participant(Participant who, Timestamp now) {
  const std::vector<std::string> ended = who.publisher->clear_streams();
  who.room->remove_publisher(who.publisher->id, now);
  end_streams(*who.room, who.publisher->id, ended, now);
}

// The one end of a subscriber. The handle stays and may join again.
void VideoRoom::remove_subscriber(room::Room& room, PeerId peer, Timestamp now) {
  room.remove_subscriber(peer, now);
  if (Attachment* attachment = host_.find_attachment(peer)) *attachment = {.handle = peer};
}

void VideoRoom::end_streams(room::Room& room, const room::Id& feed,
                            std::span<const std::string> mids, Timestamp now) {
  if (mids.empty()) return;
  for (const PeerId peer : room.end_streams(feed, mids)) {
    room::Subscriber& subscriber = *room.find_subscriber(peer);
    if (subscriber.options().is_updated_automatically) push_update(room, subscriber, now);
  }
}

// The one end of a room, also of one that could not be completed. Subscribers go first, so that
// they are not offered what remains when the publishers go.
void VideoRoom::destroy_room(room::Room& room, Timestamp now) {
  const json::object event{{"videoroom", "destroyed"}, {"room", to_json(room.id())}};
  for (const room::Publisher& publisher : room.publishers()) {
    host_.push_event(publisher.peer, {.transaction = {}, .data = event, .jsep = {}});
    host_.close_connection(publisher.peer, "Close PC", now);
  }
  while (!room.subscribers().empty()) {
    const PeerId peer = room.subscribers().front().peer();
    host_.close_connection(peer, "Close PC", now);
    remove_subscriber(room, peer, now);
  }
  while (!room.publishers().empty()) {
    remove_participant({&room, room.find_publisher(room.publishers().front().id)}, now);
  }
  rooms_.remove(room.id(), now);
}

void VideoRoom::close_all(Timestamp now) {
  while (!rooms_.rooms().empty()) destroy_room(*rooms_.find((*rooms_.rooms().begin()).id()), now);
}

std::expected<std::optional<JsepOut>, Error> VideoRoom::make_offer(room::Room& room,
                                                                   room::Subscriber& subscriber,
                                                                   bool restart_ice,
                                                                   Timestamp now) {
  if (subscriber.is_offer_pending()) {
    subscriber.want_update(restart_ice);
    return std::nullopt;
  }
  const std::vector<SubscriberMline> lines = room.mlines(subscriber);
  const bool restarts = restart_ice || subscriber.is_restart_wanted();
  auto sdp = media_.offer(subscriber.peer(), room.placement(), lines, restarts, now);
  if (!sdp) return fail(RoomError::kUnknown, "Error creating offer: " + sdp.error().text);
  subscriber.offer_sent();
  return JsepOut{.type = "offer",
                 .sdp = *std::move(sdp),
                 .is_restart = restarts,
                 .is_e2ee = subscriber.options().is_e2ee};
}

void VideoRoom::push_update(room::Room& room, room::Subscriber& subscriber, Timestamp now) {
  auto offer = make_offer(room, subscriber, false, now);
  if (!offer) {  // media is full: the next change tries again
    subscriber.want_update(false);
  } else if (*offer) {
    push_updated(room, subscriber, *std::move(*offer));
  }
  refresh_pauses(room, subscriber);
}

void VideoRoom::refresh_pauses(const room::Room& room, const room::Subscriber& subscriber) {
  for (std::size_t i = 0; i < subscriber.streams().size(); ++i) {
    const room::SubscriberStream& stream = subscriber.streams()[i];
    // A source that no offer has named yet must not flow in the place of the one before it.
    const bool is_paused = !stream.is_offered || room.is_paused(subscriber, stream);
    media_.set_paused(subscriber.peer(), static_cast<std::uint32_t>(i), is_paused);
  }
}

void VideoRoom::refresh_pauses_of_feed(const room::Room& room, const room::Id& feed) {
  for (const room::Subscriber& subscriber : room.subscribers()) {
    for (const room::SubscriberStream& stream : subscriber.streams()) {
      if (!stream.source || stream.source->feed != feed) continue;
      refresh_pauses(room, subscriber);
      break;
    }
  }
}

}  // namespace penstock::janus
