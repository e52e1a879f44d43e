// What concerns everybody in a room: events for its participants, and changes of feeds for its
// subscribers. In a small room all of them are told at once. In a large one it becomes news
// (room/news.h), and its members are told on the next turns of the control thread, a part each
// time. Each handle hears everything once and in order: before a request of its own is looked at,
// it is told what it has not heard (catch_up). An offer to a subscriber says what is true when it
// is made, and so may be the answer to several changes. Control thread.
#pragma once

#include <optional>
#include <string>

#include "controlplane/janus/videoroom/context.h"
#include "controlplane/room/news.h"

namespace penstock::janus::videoroom {

// To all participants, publishing or not, but for one: subscribers hear of feeds through their
// offers.
void spread_event(const Context& context, room::Room& room, const std::optional<room::Id>& except,
                  std::string event);
// To all subscribers. If there is no memory to keep it as news, all of it is done at once.
void spread_change(const Context& context, room::Room& room, const room::Change& change,
                   Timestamp now);
// Whoever this handle is in its room, it knows everything afterwards; unless there is no memory,
// then some of it comes later.
void catch_up(const Context& context, const Attachment& attachment, Timestamp now);
// The same of a participant who is about to go.
void catch_up(const Context& context, room::Room& room, room::Publisher& publisher);
// The next part of all rooms with news.
void spread_further(const Context& context, Timestamp now);

}  // namespace penstock::janus::videoroom
