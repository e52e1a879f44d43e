// Who is told what by the VideoRoom plugin. Control thread.
#pragma once

#include <optional>
#include <string_view>

#include "controlplane/janus/json_text.h"
#include "controlplane/janus/videoroom/context.h"

namespace penstock::janus::videoroom {

// Answers the request: a synchronous one at once, an asynchronous one by an event with its
// transaction, which alone can carry a session description.
void give_answer(const Request& request, ObjectText data, std::optional<JsepOut> jsep = {});
// The same, as the last step of a verb that has succeeded.
Result answer(const Request& request, ObjectText data);
// To all other participants (spreading.h).
void notify_others(const Context& context, room::Room& room, const room::Id& except,
                   ObjectText data);
// `how` is "unpublished" or "leaving".
void notify_left(const Context& context, room::Room& room, const room::Publisher& publisher,
                 std::string_view how);
void notify_publishing(const Context& context, room::Room& room, const room::Publisher& publisher);
// An `updated` event that answers no request.
void push_updated(const Context& context, const room::Room& room,
                  const room::Subscriber& subscriber, JsepOut offer);
// A subscriber hears which layer of a source it gets now: an event for each part that is another
// one.
void tell_layer(const Context& context, const Attachment& attachment, std::uint32_t mindex,
                Layer layer);
// A subscriber that asks for a layer which it gets already hears that, as with Janus: no change
// will tell it.
void tell_layer_is_there(const Context& context, const Subscription& who, std::uint32_t mindex,
                         const room::LayerTargets& asked);
// A subscriber hears that its way is too slow for a picture, by the name that Janus has for slow
// links, or that it is not any more.
void tell_starved(const Context& context, const Attachment& attachment, std::uint32_t mindex,
                  bool is_starved);

}  // namespace penstock::janus::videoroom
