// The answer to a request that changes a permanent room: it sleeps until the change is on the disk,
// or cannot be. Then the room is as the request wants it, and the answer says that it is not
// permanent, with a warning: a room in which people may be already is not taken away again.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/janus/json_text.h"
#include "controlplane/janus/videoroom/permanent_rooms.h"

namespace penstock::janus::videoroom {

// What is said of a change of a room.
struct RoomReply {
  std::string_view what;  // "created", "edited" or "destroyed"
  room::Id room;
  std::vector<std::string> warnings{};

  ObjectText text(bool is_permanent) const;
};

class PermanentAnswer final : public Continuation {
 public:
  // `rooms` outlives it.
  PermanentAnswer(PermanentRooms& rooms, PermanentRooms::Ticket ticket, RoomReply reply);
  ~PermanentAnswer() override;
  PermanentAnswer(const PermanentAnswer&) = delete;
  PermanentAnswer& operator=(const PermanentAnswer&) = delete;

  bool is_sleeping() const override { return !rooms_.outcome(ticket_); }
  std::optional<std::expected<void, Error>> run(std::string& answer, Timestamp now) override;

 private:
  PermanentRooms& rooms_;
  const PermanentRooms::Ticket ticket_;
  RoomReply reply_;
};

}  // namespace penstock::janus::videoroom
