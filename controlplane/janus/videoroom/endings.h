// Ends of publishers, subscribers and rooms. None of them needs memory. Control thread.
#pragma once

#include "controlplane/janus/videoroom/context.h"

namespace penstock::janus::videoroom {

// The handle's connection is gone (and already closed in media).
void connection_closed(const Context& context, Attachment& attachment, Timestamp now);
// The handle is about to go.
void detach(const Context& context, Attachment& attachment, Timestamp now);

void end_publishing(const Context& context, Participant who, Timestamp now);
// The one end of a participant.
void remove_participant(const Context& context, Participant who, Timestamp now);
// The one end of a subscriber. The handle stays and may join again.
void remove_subscriber(const Context& context, room::Room& room, PeerId peer, Timestamp now);
void announce_end(const Context& context, room::Room& room);
// The one end of a room. Publishers, subscribers and dummies end alike, dummies without anybody to
// tell: their peers are closed, and they are removed; publishers first, as with their streams media
// stops. Those beyond what a turn has time for go in the next ones.
void destroy_room(const Context& context, room::Room& room, Timestamp now);
// The next part of rooms whose end takes several turns.
void end_rooms_further(const Context& context, Timestamp now);
// Every room, also those that clients cannot destroy.
void close_all(const Context& context, Timestamp now);

}  // namespace penstock::janus::videoroom
