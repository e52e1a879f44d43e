// Finding the room, the participant or the subscriber that a request is about, and whether the
// request may have it; new ids. Pure but for the random source; control thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "controlplane/janus/videoroom/context.h"

namespace penstock::janus {
struct JoinRequest;
}

namespace penstock::janus::videoroom {

// Where a request needs the server's admin_key.
std::expected<void, Error> check_admin_key(const Context& context,
                                           std::optional<std::string_view> given);

room::Id new_id(const Context& context);
std::uint32_t new_private_id(const Context& context, const room::Room& room);

// 426 if there is none.
std::expected<room::Room*, Error> find_room(const Context& context, const room::Id& id);
// Likewise, with its secret or its pin: 429 without, 433 with a wrong one; or a token that is
// signed for it.
std::expected<room::Room*, Error> find_managed_room(const Context& context,
                                                    const ManagedRoom& wanted);
std::expected<room::Room*, Error> find_joinable_room(const Context& context,
                                                     const JoinRequest& wanted);

std::optional<Participant> participant_of(const Context& context, const Attachment& attachment);
std::optional<Subscription> subscription_of(const Context& context, const Attachment& attachment);
// The same, with the error for who is none any more.
std::expected<Participant, Error> find_participant(const Context& context,
                                                   const Attachment& attachment);
// For what publishes: who was kicked is told so.
std::expected<Participant, Error> find_publisher(const Context& context,
                                                 const Attachment& attachment);
std::expected<Subscription, Error> find_subscription(const Context& context,
                                                     const Attachment& attachment);

}  // namespace penstock::janus::videoroom
