// Ends of publishers, subscribers and rooms, and the offers that follow from them.
#include "controlplane/janus/videoroom/endings.h"

#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/offers.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/telling.h"
#include "dataplane/base/scope_guard.h"
#include "dataplane/base/test_hooks.h"

namespace penstock::janus::videoroom {
namespace {

// Some 6 us each: the control thread has others to serve.
constexpr std::size_t kSubscribersEndedPerTurn = 128;

// At most `left` of them, and takes from it.
void end_subscribers(const Context& context, room::Room& room, std::size_t& left, Timestamp now) {
  for (; left > 0 && !room.subscribers().empty(); --left) {
    const PeerId peer = room.subscribers().front().peer();
    context.host.close_connection(peer, "Close PC", now);
    remove_subscriber(context, room, peer, now);
  }
}

}  // namespace

void connection_closed(const Context& context, Attachment& attachment, Timestamp now) {
  if (attachment.role == Attachment::Role::kPublisher) {
    const auto who = participant_of(context, attachment);
    if (who && who->publisher->is_publishing) end_publishing(context, *who, now);
  } else if (const auto who = subscription_of(context, attachment)) {
    remove_subscriber(context, *who->room, attachment.handle, now);
  }
}

void detach(const Context& context, Attachment& attachment, Timestamp now) {
  if (attachment.role == Attachment::Role::kPublisher) {
    const auto who = participant_of(context, attachment);
    if (!who) return;
    best_effort([&] {
      notify_left(context, *who->room, *who->publisher, "unpublished");
      notify_left(context, *who->room, *who->publisher, "leaving");
    });
    remove_participant(context, *who, now);
  } else if (const auto who = subscription_of(context, attachment)) {
    remove_subscriber(context, *who->room, attachment.handle, now);
  }
}

void end_publishing(const Context& context, Participant who, Timestamp now) {
  who.publisher->clear_streams();
  best_effort([&] { notify_left(context, *who.room, *who.publisher, "unpublished"); });
  end_streams(context, *who.room, who.publisher->id, now);
}

// The one end of a participant.
void remove_participant(const Context& context, Participant who, Timestamp now) {
  who.publisher->clear_streams();
  who.room->remove_publisher(who.publisher->id, now);
  end_streams(context, *who.room, who.publisher->id, now);
}

// The one end of a subscriber. The handle stays and may join again.
void remove_subscriber(const Context& context, room::Room& room, PeerId peer, Timestamp now) {
  room.remove_subscriber(peer, now);
  if (Attachment* attachment = context.host.find_attachment(peer)) *attachment = {.handle = peer};
}

void remove_subscribers_of(const Context& context, room::Room& room, std::uint32_t private_id,
                           Timestamp now) {
  const auto is_theirs = [&](const room::Subscriber& subscriber) {
    return subscriber.options().private_id == private_id;
  };
  for (;;) {
    const auto subscribers = room.subscribers();
    const auto found = std::ranges::find_if(subscribers, is_theirs);
    if (found == subscribers.end()) return;
    const PeerId peer = (*found).peer();
    context.host.close_connection(peer, "Close PC", now);
    remove_subscriber(context, room, peer, now);
  }
}

void end_streams(const Context& context, room::Room& room, const room::Id& feed, Timestamp now) {
  room.end_streams(feed, [&](room::Subscriber& loser) {
    if (loser.options().is_updated_automatically) push_update(context, room, loser, now);
  });
}

void end_streams(const Context& context, room::Room& room, const room::Id& feed,
                 std::span<const std::string> mids, Timestamp now) {
  room.end_streams(feed, mids, [&](room::Subscriber& loser) {
    if (loser.options().is_updated_automatically) push_update(context, room, loser, now);
  });
}

void announce_end(const Context& context, const room::Room& room) {
  const std::string event =
      ObjectText{{"videoroom", "destroyed"}, {"room", to_json(room.id())}}.text();
  for (const room::Publisher& publisher : room.publishers()) {
    context.host.push_event(publisher.peer, {.data = event, .jsep = {}});
  }
}

void destroy_room(const Context& context, room::Room& room, Timestamp now) {
  for (const room::Publisher& publisher : room.publishers()) {
    const bool is_kept =
        publisher.is_dummy && test_hooks::is_planted(test_hooks::PlantedBug::kKeepDummyPublisher);
    if (!is_kept) context.host.close_connection(publisher.peer, "Close PC", now);
  }
  std::size_t left = kSubscribersEndedPerTurn;
  end_subscribers(context, room, left, now);
  if (!room.subscribers().empty()) return context.rooms.begin_removal(room.id(), now);
  while (!room.publishers().empty()) {
    remove_participant(context, {&room, room.find_publisher(room.publishers().front().id)}, now);
  }
  context.rooms.remove(room.id(), now);
}

void end_rooms_further(const Context& context, Timestamp now) {
  for (std::size_t left = kSubscribersEndedPerTurn; left > 0;) {
    room::Room* room = context.rooms.first_ending();
    if (room == nullptr) return;
    end_subscribers(context, *room, left, now);
    if (room->subscribers().empty()) context.rooms.remove_first_ending(now);
  }
}

void close_all(const Context& context, Timestamp now) {
  while (!context.rooms.rooms().empty())
    destroy_room(context, *context.rooms.find((*context.rooms.rooms().begin()).id()), now);
  while (context.rooms.first_ending() != nullptr) end_rooms_further(context, now);
}

}  // namespace penstock::janus::videoroom
