// Who talks in a room: when that is, and that everybody is told. Control thread.
#pragma once

#include <string_view>

#include "controlplane/janus/videoroom/context.h"

namespace penstock::janus::videoroom {

// What the levels of a participant's audio are used for. When it counts as talking: as it has
// asked, or as the room has it; never, in a room without such events.
AudioRule audio_rule_of(const room::Publisher& publisher, const room::RoomSettings& settings);

// Media says that somebody begins or stops talking in this m-line: everybody in the room is told,
// the participant, too. `level`: the average that decided it, -dBov.
void tell_talking(const Context& context, const Attachment& attachment, std::string_view mid,
                  bool is_talking, float level);

}  // namespace penstock::janus::videoroom
