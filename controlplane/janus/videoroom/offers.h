// Offers to subscribers, asked for or not, and which of their m-lines are silent. Control thread.
#pragma once

#include <functional>
#include <optional>

#include "controlplane/janus/videoroom/context.h"

namespace penstock::janus::videoroom {

using TellOffer = std::function<void(std::optional<JsepOut> offer)>;

// `tell` is called when nothing else can fail: with the offer for what the subscriber now has, or
// with nothing if one is in flight and another will follow.
Result make_offer(const Context& context, Subscription who, bool restart_ice, Timestamp now,
                  const TellOffer& tell);
// Offers without being asked. When there is no room or no memory for it, the next change tries
// again.
void push_update(const Context& context, room::Room& room, room::Subscriber& subscriber,
                 Timestamp now);
// Shows the subscriber what it has without an offer; false if that needs one, or memory that is not
// there.
bool retarget(const Context& context, const room::Room& room, const room::Subscriber& subscriber);
// A source is sent with another codec, or other parameters, from now on: who receives it gets an
// offer if what was offered before does not do.
void update_receiver(const Context& context, room::Room& room, room::Subscriber& subscriber,
                     Timestamp now);
// What of the subscriber's m-lines is paused, the most that it wants of them, and whose data
// channels it has. Needs no memory but for the last.
void refresh_receiving(const Context& context, const room::Room& room,
                       const room::Subscriber& subscriber, Timestamp now);

}  // namespace penstock::janus::videoroom
