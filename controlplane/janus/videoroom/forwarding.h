// The RTP forwarders of publishers, and what of them other servers show (room/forwarder.h): what
// they follow, how they end, and as what clients are told of them. Control thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "controlplane/janus/json_text.h"
#include "controlplane/janus/videoroom/context.h"

namespace penstock::janus::videoroom {

// As `rtp_forward` and `listforwarders` have it.
ObjectText forwarder_json(const room::Forwarder& forwarder);

// What is muted or switched off is not forwarded either.
void follow_switches(const Context& context, const room::Publisher& publisher);

// The one end of forwarders: all of a publisher's, and what other servers show of it; those of its
// streams with these mids; or one. Without memory.
void end_forwarders(const Context& context, room::Publisher& publisher, Timestamp now);
void end_forwarders(const Context& context, room::Publisher& publisher,
                    std::span<const std::string> mids, Timestamp now);
// False: there is none with this id.
bool end_forwarder(const Context& context, room::Publisher& publisher, std::uint32_t id,
                   Timestamp now);

// What another server shows of the publisher.
void end_remote(const Context& context, room::Publisher& publisher, std::string_view id,
                Timestamp now);

}  // namespace penstock::janus::videoroom
