// Ends of publishers, subscribers and rooms, and the offers that follow from them.
#include "controlplane/janus/videoroom/endings.h"

#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/forwarding.h"
#include "controlplane/janus/videoroom/offers.h"
#include "controlplane/janus/videoroom/recording.h"
#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/janus/videoroom/spreading.h"
#include "controlplane/janus/videoroom/telling.h"
#include "dataplane/base/scope_guard.h"
#include "dataplane/base/test_hooks.h"

namespace penstock::janus::videoroom {
namespace {

// Some 6 us each: the control thread has others to serve.
constexpr std::size_t kMembersEndedPerTurn = 128;

void end_participant(const Context& context, room::Room& room, room::Publisher& publisher,
                     Timestamp now) {
  catch_up(context, room, publisher);
  end_recording(context, publisher, now);
  const bool is_kept =
      publisher.is_dummy && test_hooks::is_planted(test_hooks::PlantedBug::kKeepDummyPublisher);
  if (!is_kept) context.host.close_connection(publisher.peer, "Close PC", now);
  end_forwarders(context, publisher, now);
  publisher.clear_streams();
  room.remove_publisher(publisher.id, now);
}

void end_subscriber(const Context& context, room::Room& room, PeerId peer, Timestamp now) {
  context.host.close_connection(peer, "Close PC", now);
  remove_subscriber(context, room, peer, now);
}

// At most `left` of them, and takes from it.
void end_members(const Context& context, room::Room& room, std::size_t& left, Timestamp now) {
  for (; left > 0; --left) {
    if (room.participant_count() > 0) {
      end_participant(context, room, *room.find_publisher(room.publishers().front().id), now);
    } else if (room.subscriber_count() > 0) {
      end_subscriber(context, room, room.subscribers().front().peer(), now);
    } else {
      return;
    }
  }
}

bool is_empty(const room::Room& room) {
  return room.participant_count() + room.subscriber_count() == 0;
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
  end_recording(context, *who.publisher, now);
  end_forwarders(context, *who.publisher, now);
  who.publisher->clear_streams();
  best_effort([&] { notify_left(context, *who.room, *who.publisher, "unpublished"); });
  spread_change(context, *who.room, {.kind = room::Change::Kind::kEnded, .feed = who.publisher->id},
                now);
}

// The one end of a participant.
void remove_participant(const Context& context, Participant who, Timestamp now) {
  end_recording(context, *who.publisher, now);
  end_forwarders(context, *who.publisher, now);
  who.publisher->clear_streams();
  who.room->remove_publisher(who.publisher->id, now);
  spread_change(context, *who.room, {.kind = room::Change::Kind::kEnded, .feed = who.publisher->id},
                now);
}

// The one end of a subscriber. The handle stays and may join again.
void remove_subscriber(const Context& context, room::Room& room, PeerId peer, Timestamp now) {
  room.remove_subscriber(peer, now);
  if (Attachment* attachment = context.host.find_attachment(peer)) *attachment = {.handle = peer};
}

void announce_end(const Context& context, room::Room& room) {
  spread_event(context, room, std::nullopt,
               ObjectText{{"videoroom", "destroyed"}, {"room", to_json(room.id())}}.text());
}

void destroy_room(const Context& context, room::Room& room, Timestamp now) {
  std::size_t left = kMembersEndedPerTurn;
  end_members(context, room, left, now);
  if (is_empty(room)) {
    context.rooms.remove(room.id(), now);
  } else {
    context.rooms.begin_removal(room.id());
  }
}

void end_rooms_further(const Context& context, Timestamp now) {
  for (std::size_t left = kMembersEndedPerTurn; left > 0;) {
    room::Room* room = context.rooms.first_ending();
    if (room == nullptr) return;
    end_members(context, *room, left, now);
    if (is_empty(*room)) context.rooms.remove_first_ending(now);
  }
}

void close_all(const Context& context, Timestamp now) {
  while (!context.rooms.rooms().empty())
    destroy_room(context, *context.rooms.find((*context.rooms.rooms().begin()).id()), now);
  while (context.rooms.first_ending() != nullptr) end_rooms_further(context, now);
}

}  // namespace penstock::janus::videoroom
