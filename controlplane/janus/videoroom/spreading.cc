#include "controlplane/janus/videoroom/spreading.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include "controlplane/janus/videoroom/endings.h"
#include "controlplane/janus/videoroom/finding.h"
#include "controlplane/janus/videoroom/offers.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus::videoroom {
namespace {

// Work is counted in some microseconds each.
constexpr std::size_t kWorkPerTurn = 128;
constexpr std::size_t kOfferWork = 4;
// Rooms that are told at once.
constexpr std::size_t kParticipantsAtOnceMax = 128;
constexpr std::size_t kSubscribersAtOnceMax = 32;
// News come faster than they are told: what is beyond these is told in one turn, so that who makes
// them waits.
constexpr std::size_t kNewsMax = 256;

// What several changes come to, for one subscriber.
struct Effect {
  bool has_lost = false;
  bool is_recoded = false;
  bool is_paused_otherwise = false;
  bool is_out = false;
};

void note(const room::Change& change, room::Subscriber& subscriber, Effect& effect) {
  using Kind = room::Change::Kind;
  std::size_t lost = 0;
  switch (change.kind) {
    case Kind::kEnded:
      if (change.mids.empty()) lost = subscriber.unsubscribe(change.feed, std::nullopt);
      for (const std::string& mid : change.mids) lost += subscriber.unsubscribe(change.feed, mid);
      effect.has_lost = effect.has_lost || lost > 0;
      return;
    case Kind::kRecoded:
      effect.is_recoded =
          effect.is_recoded || std::ranges::any_of(change.mids, [&](const std::string& mid) {
            return subscriber.receives(change.feed, mid);
          });
      return;
    case Kind::kPaused:
      effect.is_paused_otherwise = effect.is_paused_otherwise || subscriber.receives(change.feed);
      return;
    case Kind::kKicked:
      effect.is_out = effect.is_out || subscriber.options().private_id == change.private_id;
      return;
  }
}

// A guest gets no offers: what it is shown changes as far as it can take that, or it goes.
std::size_t follow_as_guest(const Context& context, room::Room& room, room::Subscriber& subscriber,
                            const Effect& effect, Timestamp now) {
  if (effect.is_recoded && !retarget(context, room, subscriber)) {
    const PeerId peer = subscriber.peer();
    context.host.close_connection(peer, "Close PC", now);
    remove_subscriber(context, room, peer, now);
    return kOfferWork;
  }
  if (effect.has_lost || effect.is_recoded) context.host.guest_changed(subscriber.peer());
  if (effect.is_recoded || effect.is_paused_otherwise)
    refresh_receiving(context, room, subscriber, now);
  return kOfferWork;
}

// Returns the work that it was.
std::size_t follow(const Context& context, room::Room& room, room::Subscriber& subscriber,
                   const Effect& effect, Timestamp now) {
  if (effect.is_out) {
    const PeerId peer = subscriber.peer();
    context.host.close_connection(peer, "Close PC", now);
    remove_subscriber(context, room, peer, now);
    return kOfferWork;
  }
  if (subscriber.options().is_guest) return follow_as_guest(context, room, subscriber, effect, now);
  const bool is_updated = subscriber.options().is_updated_automatically;
  const bool is_changed = effect.has_lost || effect.is_recoded;
  if (effect.has_lost && is_updated) {
    push_update(context, room, subscriber, now);
  } else if (effect.is_recoded) {
    update_receiver(context, room, subscriber, now);
  }
  if (effect.is_paused_otherwise || (effect.has_lost && !is_updated))
    refresh_receiving(context, room, subscriber, now);
  return is_changed || effect.is_paused_otherwise ? kOfferWork : 1;
}

void follow_at_once(const Context& context, room::Room& room, const room::Change& change,
                    Timestamp now) {
  room.for_each_subscriber([&](room::Subscriber& subscriber) {
    Effect effect;
    note(change, subscriber, effect);
    follow(context, room, subscriber, effect, now);
  });
}

// What this one has not heard. Returns the work that it was.
std::size_t tell(const Context& context, room::Room& room, room::Subscriber& subscriber,
                 Timestamp now) {
  const room::NewsList& news = room.news();
  Effect effect;
  for (; subscriber.heard < news.end(); ++subscriber.heard) {
    const room::News& item = news.at(subscriber.heard);
    if (item.kind) note(item.change(), subscriber, effect);
  }
  return follow(context, room, subscriber, effect, now);
}

// As far as there is `work` left, from which it takes. Throws std::bad_alloc; what was told until
// then stays told. True if it has heard everything.
bool tell(const Context& context, room::Room& room, room::Publisher& publisher, std::size_t& work) {
  const room::NewsList& news = room.news();
  for (; publisher.heard < news.end(); ++publisher.heard) {
    const room::News& item = news.at(publisher.heard);
    if (item.kind || item.except == publisher.id) continue;
    if (work == 0) return false;
    --work;
    context.host.push_event(publisher.peer, {.data = item.event, .jsep = {}});
  }
  return true;
}

// One pass at most, so that other rooms have their turn.
void spread_in(const Context& context, room::Room& room, std::size_t& work, Timestamp now) {
  if (room.news().size() > kNewsMax) {
    work += (room.news().size() - kNewsMax) * (room.participant_count() + room.subscriber_count());
  }
  while (work > 0) {
    const room::Room::Member next = room.next_to_tell();
    if (next.publisher != nullptr) {
      if (!tell(context, room, *next.publisher, work)) return;
      work -= std::min<std::size_t>(work, 1);
    } else if (next.subscriber != nullptr) {
      work -= std::min(work, tell(context, room, *next.subscriber, now));
    } else {
      return;
    }
    room.told(next);
  }
}

}  // namespace

void spread_event(const Context& context, room::Room& room, const std::optional<room::Id>& except,
                  std::string event) {
  if (room.is_ending) return;
  if (!room.news().empty() || room.participant_count() > kParticipantsAtOnceMax)
    return context.rooms.add_news(room, {.event = std::move(event), .except = except});
  for (const room::Publisher& publisher : room.publishers()) {
    if (publisher.id != except)
      context.host.push_event(publisher.peer, {.data = event, .jsep = {}});
  }
}

void spread_change(const Context& context, room::Room& room, const room::Change& change,
                   Timestamp now) {
  if (room.is_ending || room.subscriber_count() == 0) return;
  if (room.news().empty() && room.subscriber_count() <= kSubscribersAtOnceMax)
    return follow_at_once(context, room, change, now);
  if (best_effort([&] { context.rooms.add_news(room, room::News::of(change)); })) return;
  room.for_each_subscriber(
      [&](room::Subscriber& subscriber) { tell(context, room, subscriber, now); });
  follow_at_once(context, room, change, now);
}

void catch_up(const Context& context, const Attachment& attachment, Timestamp now) {
  if (const auto participant = participant_of(context, attachment)) {
    catch_up(context, *participant->room, *participant->publisher);
  } else if (const auto subscription = subscription_of(context, attachment)) {
    room::Room& room = *subscription->room;
    if (!room.news().empty()) tell(context, room, *subscription->subscriber, now);
  }
}

void catch_up(const Context& context, room::Room& room, room::Publisher& publisher) {
  if (room.news().empty()) return;
  best_effort([&] {
    std::size_t work = std::numeric_limits<std::size_t>::max();
    tell(context, room, publisher, work);
  });
}

void spread_further(const Context& context, Timestamp now) {
  best_effort([&] {
    for (std::size_t work = kWorkPerTurn; work > 0;) {
      room::Room* room = context.rooms.first_behind();
      if (room == nullptr) return;
      spread_in(context, *room, work, now);
      context.rooms.rotate_behind();
    }
  });
}

}  // namespace penstock::janus::videoroom
