#include "controlplane/janus/videoroom/permanent_answer.h"

#include <utility>

#include "controlplane/janus/videoroom/room_json.h"

namespace penstock::janus::videoroom {

ObjectText RoomReply::text(bool is_permanent) const {
  ObjectText object{{"videoroom", what}, {"room", to_json(room)}, {"permanent", is_permanent}};
  add_warnings(object, warnings);
  return object;
}

PermanentAnswer::PermanentAnswer(PermanentRooms& rooms, PermanentRooms::Ticket ticket,
                                 RoomReply reply)
    : rooms_(rooms), ticket_(ticket), reply_(std::move(reply)) {}

PermanentAnswer::~PermanentAnswer() { rooms_.forget(ticket_); }

std::optional<std::expected<void, Error>> PermanentAnswer::run(std::string& answer, Timestamp) {
  const std::optional<bool> is_on_disk = rooms_.outcome(ticket_);
  if (!is_on_disk) return std::nullopt;
  if (!*is_on_disk) {
    reply_.warnings.emplace_back(
        "permanent: the file of rooms is as it was, and the log of the server says why");
  }
  answer += reply_.text(*is_on_disk).text();
  return std::expected<void, Error>{};
}

}  // namespace penstock::janus::videoroom
