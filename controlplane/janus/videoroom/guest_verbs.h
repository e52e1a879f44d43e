// What guests (room/guests.h) do in rooms: the same as handles, without JSON. As with the verbs of
// requests (verbs.h), one that fails has changed nothing. Control thread.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "controlplane/janus/videoroom/context.h"
#include "controlplane/room/guests.h"

namespace penstock::janus::videoroom {

using GuestResult = std::expected<void, room::GuestError>;

std::expected<room::GuestPass, room::GuestError> admit_guest(const Context& context,
                                                             const room::Id& room,
                                                             std::optional<std::string_view> token,
                                                             room::GuestRole role);
GuestResult publish_as_guest(const Context& context, Attachment& attachment,
                             const room::GuestPublish& wanted, Timestamp now,
                             const room::GuestRooms::TellAnswer& tell);
GuestResult play_as_guest(const Context& context, Attachment& attachment,
                          const room::GuestPlay& wanted, Timestamp now,
                          const std::function<void(SubscribeResult& result)>& tell);
GuestResult offer_to_guest(const Context& context, Attachment& attachment,
                           const room::GuestPlay& wanted, Timestamp now,
                           const room::GuestRooms::TellAnswer& tell);
// `attachment`: null if there is no such guest.
GuestResult take_answer_of_guest(const Context& context, const Attachment* attachment,
                                 std::string_view answer_sdp, Timestamp now);
GuestResult resume_guest(const Context& context, const Attachment* attachment,
                         const std::optional<room::Id>& feed, Timestamp now);
std::vector<room::PlayedStream> played_by_guest(const Context& context,
                                                const Attachment& attachment);
void limit_layers_of_guest(const Context& context, const Attachment& attachment, std::size_t mindex,
                           const room::LayerTargets& targets, Timestamp now);

}  // namespace penstock::janus::videoroom
