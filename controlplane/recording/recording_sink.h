// Who writes what workers record, as the control thread sees it: recordings begin and end here.
// The server has a thread behind it (server/recording_thread.h), the simulator and tests run the
// writer themselves (recording_writer.h). Control thread; nothing waits for a disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>

#include "controlplane/recording/recording_description.h"
#include "dataplane/recording/arena.h"

namespace penstock::recording {

// A recording that has ended by itself.
struct Ended {
  RecordingId id = 0;
  std::string name{};    // of the file, below the folder of recordings
  std::string reason{};  // for who is recorded
};

class Sink {
 public:
  virtual ~Sink() = default;

  // What comes with this id from now on belongs in a file like this; before anything comes. An
  // error, after which nothing has begun, is for who has asked: the disk is nearly full, say.
  virtual std::expected<void, std::string> begin(RecordingId id, Description description,
                                                 Timestamp now) = 0;
  // Nothing comes any more but what is on its way. Needs no memory. Unknown: no-op.
  virtual void end(RecordingId id) = 0;
  // A message of a data channel, for a recording of such. Best effort: what there is no room for is
  // lost.
  virtual void add_message(RecordingId id, std::span<const std::uint8_t> message,
                           Timestamp now) = 0;
  // One that ended by itself, for which nobody needs to call end().
  virtual std::optional<Ended> take_ended() = 0;
};

}  // namespace penstock::recording
