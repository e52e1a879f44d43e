// The requests of the VideoRoom plugin, one function for each. Those about rooms and who is in them
// are synchronous: they give their data to the request's Answer. The others are acknowledged and
// answered by an event. An error is the answer in place of either. Control thread.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "controlplane/janus/json_text.h"
#include "controlplane/janus/requests/join_requests.h"
#include "controlplane/janus/videoroom/context.h"

namespace penstock::janus::videoroom {

// --- Synchronous ---------------------------------------------------------------------------------
// room_verbs.cc
Result create(const Context& context, const Request& request);
Result edit(const Context& context, const Request& request);
Result destroy(const Context& context, const Request& request);
Result exists(const Context& context, const Request& request);
Result list(const Context& context, const Request& request);
// A room with everything its settings ask for, or nothing at all.
std::expected<room::Room*, Error> make_room(const Context& context, const room::Id& id,
                                            room::RoomSettings settings, Timestamp now);
// dummies.cc
Result add_dummy(const Context& context, room::Room& room, const room::DummySettings& dummy,
                 Timestamp now);
// recording.cc
Result enable_recording(const Context& context, const Request& request);
// member_verbs.cc
Result list_participants(const Context& context, const Request& request);
Result allowed(const Context& context, const Request& request);
Result kick(const Context& context, const Request& request);
Result moderate(const Context& context, const Request& request);
// forward_verbs.cc
Result rtp_forward(const Context& context, const Request& request);
Result stop_rtp_forward(const Context& context, const Request& request);
Result list_forwarders(const Context& context, const Request& request);
// remote_verbs.cc
Result publish_remotely(const Context& context, const Request& request);
Result unpublish_remotely(const Context& context, const Request& request);
Result list_remotes(const Context& context, const Request& request);

// --- Of a handle that is nowhere yet, join_verbs.cc ----------------------------------------------
Result join(const Context& context, const Request& request);
Result join_and_configure(const Context& context, const Request& request);
// Whose token was looked at.
Result join_as_publisher(const Context& context, const Request& request, room::Room& room,
                         PublisherJoin wanted, bool configures);

// --- Of a participant, publisher_verbs.cc --------------------------------------------------------
Result already_publisher(const Context& context, const Request& request);
Result publish(const Context& context, const Request& request);
Result configure_publisher(const Context& context, const Request& request);
Result unpublish(const Context& context, const Request& request);
Result leave_publisher(const Context& context, const Request& request);
// `publish`, `configure` and the second half of `joinandconfigure`, whose event is `joined`.
Result configure(const Context& context, const Request& request, Participant who,
                 std::optional<ObjectText> joined);

// --- Of a subscriber, subscriber_verbs.cc --------------------------------------------------------
Result already_subscriber(const Context& context, const Request& request);
Result start(const Context& context, const Request& request);
Result pause(const Context& context, const Request& request);
Result configure_subscriber(const Context& context, const Request& request);
Result leave_subscriber(const Context& context, const Request& request);

// --- Likewise: what it receives, subscription_verbs.cc -------------------------------------------
Result subscribe(const Context& context, const Request& request);
Result unsubscribe(const Context& context, const Request& request);
Result update(const Context& context, const Request& request);
Result switch_sources(const Context& context, const Request& request);
// Every stream that is asked for, found. An item without mid is all streams of its feed.
std::expected<std::vector<room::SubscriptionRequest>, Error> find_streams(
    const room::Room& room, std::span<const WantedStream> wanted);
Result add_subscription(room::Subscriber& subscriber, const room::SubscriptionRequest& item);

}  // namespace penstock::janus::videoroom
