// Ends of publishers, subscribers and rooms, and the offers that follow from them.
#include "controlplane/janus/videoroom.h"
#include "controlplane/janus/videoroom_json.h"
#include "dataplane/base/scope_guard.h"
#include "dataplane/base/test_hooks.h"

namespace penstock::janus {

void VideoRoom::connection_closed(Attachment& attachment, Timestamp now) {
  if (attachment.role == Attachment::Role::kPublisher) {
    const auto who = participant_of(attachment);
    if (who && who->publisher->is_publishing) end_publishing(*who, now);
  } else if (const auto who = subscription_of(attachment)) {
    remove_subscriber(*who->room, attachment.handle, now);
  }
}

void VideoRoom::detach(Attachment& attachment, Timestamp now) {
  if (attachment.role == Attachment::Role::kPublisher) {
    const auto who = participant_of(attachment);
    if (!who) return;
    best_effort([&] {
      notify_left(*who->room, *who->publisher, "unpublished");
      notify_left(*who->room, *who->publisher, "leaving");
    });
    remove_participant(*who, now);
  } else if (const auto who = subscription_of(attachment)) {
    remove_subscriber(*who->room, attachment.handle, now);
  }
}

void VideoRoom::end_publishing(Participant who, Timestamp now) {
  who.publisher->clear_streams();
  best_effort([&] { notify_left(*who.room, *who.publisher, "unpublished"); });
  end_streams(*who.room, who.publisher->id, now);
}

// The one end of a participant.
void VideoRoom::remove_participant(Participant who, Timestamp now) {
  who.publisher->clear_streams();
  who.room->remove_publisher(who.publisher->id, now);
  end_streams(*who.room, who.publisher->id, now);
}

// The one end of a subscriber. The handle stays and may join again.
void VideoRoom::remove_subscriber(room::Room& room, PeerId peer, Timestamp now) {
  room.remove_subscriber(peer, now);
  if (Attachment* attachment = host_.find_attachment(peer)) *attachment = {.handle = peer};
}

void VideoRoom::end_streams(room::Room& room, const room::Id& feed, Timestamp now) {
  room.end_streams(feed, [&](room::Subscriber& loser) {
    if (loser.options().is_updated_automatically) push_update(room, loser, now);
  });
}

void VideoRoom::end_streams(room::Room& room, const room::Id& feed,
                            std::span<const std::string> mids, Timestamp now) {
  room.end_streams(feed, mids, [&](room::Subscriber& loser) {
    if (loser.options().is_updated_automatically) push_update(room, loser, now);
  });
}

void VideoRoom::announce_end(const room::Room& room) {
  const std::string event =
      ObjectText{{"videoroom", "destroyed"}, {"room", to_json(room.id())}}.text();
  for (const room::Publisher& publisher : room.publishers()) {
    host_.push_event(publisher.peer, {.transaction = {}, .data = event, .jsep = {}});
  }
}

// The one end of a room. Publishers, subscribers and dummies end alike, dummies without anybody to
// tell: their peers are closed, and they are removed.
void VideoRoom::destroy_room(room::Room& room, Timestamp now) {
  for (const room::Publisher& publisher : room.publishers()) {
    const bool is_kept =
        publisher.is_dummy && test_hooks::is_planted(test_hooks::PlantedBug::kKeepDummyPublisher);
    if (!is_kept) host_.close_connection(publisher.peer, "Close PC", now);
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

// `tell` is called when nothing else can fail: with the offer for what the subscriber now has, or
// with nothing if one is in flight and another will follow.
VideoRoom::Result VideoRoom::make_offer(Subscription who, bool restart_ice, Timestamp now,
                                        const TellOffer& tell) {
  room::Subscriber& subscriber = *who.subscriber;
  if (subscriber.is_offer_pending()) {
    tell(std::nullopt);
    subscriber.want_update(restart_ice);
    return {};
  }
  const std::vector<SubscriberMline> lines = who.room->mlines(subscriber);
  const bool restarts = restart_ice || subscriber.is_restart_wanted();
  const auto offered = media_.offer(subscriber.peer(), who.room->placement(), lines, restarts, now,
                                    [&](std::string& sdp) {
                                      tell(JsepOut{.type = "offer",
                                                   .sdp = std::move(sdp),
                                                   .is_restart = restarts,
                                                   .is_e2ee = subscriber.options().is_e2ee});
                                    });
  if (!offered) return fail(RoomError::kUnknown, "Error creating offer: " + offered.error().text);
  subscriber.offer_sent();
  return {};
}

// Offers without being asked. When there is no room or no memory for it, the next change tries
// again.
void VideoRoom::push_update(room::Room& room, room::Subscriber& subscriber, Timestamp now) {
  for (std::size_t i = 0; i < subscriber.streams().size(); ++i) {
    if (!subscriber.streams()[i].source) {
      media_.stop(subscriber.peer(), static_cast<std::uint32_t>(i), now);
    }
  }
  bool is_offered = false;
  best_effort([&] {
    is_offered = make_offer({&room, &subscriber}, false, now, [&](std::optional<JsepOut> offer) {
                   if (offer) push_updated(room, subscriber, *std::move(offer));
                 }).has_value();
  });
  if (!is_offered) subscriber.want_update(false);
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
