// The answer to listparticipants, written in turns: 2,000 participants with 8 KB of metadata each
// are 16 MB. Goes on after the participant that it has listed last, in the order of their ids: who
// comes or goes meanwhile is in the list or not, and nobody is in it twice.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "controlplane/janus/continuation.h"
#include "controlplane/room/directory.h"

namespace penstock::janus {

class ParticipantList final : public Continuation {
 public:
  // `rooms` outlives the list; the room need not.
  ParticipantList(const room::Directory& rooms, const room::Room& room);

  // Error: the room is gone.
  std::optional<std::expected<void, Error>> run(std::string& answer, Timestamp now) override;

 private:
  void begin(std::string& answer, const room::Room& room) const;
  // Writes entries until the turn is over. Whether that was all.
  template <typename Publishers>
  bool write(std::string& answer, const room::RoomSettings& settings, Publishers&& publishers);

  const room::Directory& rooms_;
  const room::Id room_id_;
  const Handle<room::Room> room_;
  std::optional<room::Id> last_;  // whom it has listed
};

}  // namespace penstock::janus
