#include "controlplane/janus/videoroom/offers.h"

#include "controlplane/janus/videoroom/telling.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus::videoroom {

// `tell` is called when nothing else can fail: with the offer for what the subscriber now has, or
// with nothing if one is in flight and another will follow.
Result make_offer(const Context& context, Subscription who, bool restart_ice, Timestamp now,
                  const TellOffer& tell) {
  room::Subscriber& subscriber = *who.subscriber;
  if (subscriber.is_offer_pending()) {
    tell(std::nullopt);
    subscriber.want_update(restart_ice);
    return {};
  }
  const std::vector<SubscriberMline> lines = who.room->mlines(subscriber);
  const bool restarts = restart_ice || subscriber.is_restart_wanted();
  const auto offered = context.media.offer(subscriber.peer(), who.room->placement(), lines,
                                           restarts, now, [&](std::string& sdp) {
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
void push_update(const Context& context, room::Room& room, room::Subscriber& subscriber,
                 Timestamp now) {
  for (std::size_t i = 0; i < subscriber.streams().size(); ++i) {
    if (!subscriber.streams()[i].source) {
      context.media.stop(subscriber.peer(), static_cast<std::uint32_t>(i), now);
    }
  }
  bool is_offered = false;
  best_effort([&] {
    is_offered =
        make_offer(context, {&room, &subscriber}, false, now, [&](std::optional<JsepOut> offer) {
          if (offer) push_updated(context, room, subscriber, *std::move(offer));
        }).has_value();
  });
  if (!is_offered) subscriber.want_update(false);
  refresh_receiving(context, room, subscriber, now);
}

bool retarget(const Context& context, const room::Room& room, const room::Subscriber& subscriber) {
  bool is_done = false;
  best_effort([&] {
    is_done =
        context.media.retarget(subscriber.peer(), room.mlines(subscriber), [] {}).value_or(false);
  });
  return is_done;
}

void update_receiver(const Context& context, room::Room& room, room::Subscriber& subscriber,
                     Timestamp now) {
  if (!retarget(context, room, subscriber) && subscriber.options().is_updated_automatically)
    return push_update(context, room, subscriber, now);
  refresh_receiving(context, room, subscriber, now);
}

void refresh_receiving(const Context& context, const room::Room& room,
                       const room::Subscriber& subscriber, Timestamp now) {
  for (std::size_t i = 0; i < subscriber.streams().size(); ++i) {
    const room::SubscriberStream& stream = subscriber.streams()[i];
    // A source that no offer has named yet must not flow in the place of the one before it.
    const bool is_paused = !stream.is_offered || room.is_paused(subscriber, stream);
    const auto mindex = static_cast<std::uint32_t>(i);
    if (stream.kind == MediaKind::kData) {
      best_effort([&] {
        context.media.set_data_sources(subscriber.peer(), mindex,
                                       room.data_sources(subscriber, stream), now);
      });
      continue;
    }
    context.media.set_paused(subscriber.peer(), mindex, is_paused);
    context.media.set_wishes(subscriber.peer(), mindex, room.wishes(stream));
  }
}

}  // namespace penstock::janus::videoroom
