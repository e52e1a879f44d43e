// What of a room is recorded (docs/recording.md): rooms and publishers say whether, media records.
// A publisher's files follow what it sends: they begin and end with its streams, and wait while
// those are switched off. Control thread.
#pragma once

#include <string_view>

#include "controlplane/janus/requests/publisher_requests.h"
#include "controlplane/janus/videoroom/context.h"

namespace penstock::janus::videoroom {

// Whether there can be such a room: recordings are switched on, if it has any, and its folder is
// below theirs.
Result check_recording(const Context& context, const room::RoomSettings& settings);
// Whether somebody may be recorded, or not, so.
Result check_recording(const Context& context, const room::Room& room,
                       const ConfigureRequest& wanted);
void apply_recording(const ConfigureRequest& wanted, room::Publisher& publisher);

// What of the publisher is recorded is what should be, from now on. On error nothing has changed.
Result follow_recording(const Context& context, const room::Room& room, room::Publisher& publisher,
                        Timestamp now);
// The same where it is too late to refuse anything: the publisher is told.
void follow_recording_or_tell(const Context& context, const room::Room& room,
                              room::Publisher& publisher, Timestamp now);
// Nothing is. Needs no memory.
void end_recording(const Context& context, room::Publisher& publisher, Timestamp now);

// A file that has ended by itself.
struct EndedFile {
  std::string_view mid;
  std::string_view name;
  std::string_view reason;
};
void tell_recording_ended(const Context& context, const Attachment& attachment,
                          const EndedFile& file);

}  // namespace penstock::janus::videoroom
