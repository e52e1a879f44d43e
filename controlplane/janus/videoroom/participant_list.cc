#include "controlplane/janus/videoroom/participant_list.h"

#include <utility>

#include "controlplane/janus/videoroom/room_json.h"
#include "controlplane/signalling/limits.h"

namespace penstock::janus {
namespace {

ObjectText entry_of(const room::Publisher& publisher, const room::RoomSettings& settings) {
  ObjectText entry = attendee_json(publisher);
  if (publisher.is_dummy) entry.add("dummy", true);
  entry.add("publisher", publisher.is_publishing);
  add_talking(entry, publisher, settings);
  return entry;
}

std::size_t bytes_of(const room::Room& room) {
  std::size_t bytes = 0;
  for (const room::Publisher& publisher : room.publishers()) bytes += attendee_bytes(publisher);
  return bytes;
}

}  // namespace

ParticipantList::ParticipantList(const room::Directory& rooms, const room::Room& room)
    : rooms_(rooms), room_id_(room.id()), room_(rooms.handle_of(room.id())) {}

// Room for all of it at once: a text of many megabytes must not be moved about as it grows.
void ParticipantList::begin(std::string& answer, const room::Room& room) const {
  answer.reserve(answer.size() + bytes_of(room));
  std::string head = ObjectText{{"videoroom", "participants"}, {"room", to_json(room_id_)}}.text();
  head.pop_back();
  answer += head;
  answer += R"(,"participants":[)";
}

template <typename Publishers>
bool ParticipantList::write(std::string& answer, const room::RoomSettings& settings,
                            Publishers&& publishers) {
  const std::size_t end = answer.size() + kAnswerBytesPerTurn;
  for (const room::Publisher& publisher : publishers) {
    if (answer.size() >= end) return false;
    if (last_) answer += ',';
    answer += entry_of(publisher, settings).text();
    last_ = publisher.id;
  }
  return true;
}

std::optional<std::expected<void, Error>> ParticipantList::run(std::string& answer, Timestamp) {
  const room::Room* room = rooms_.resolve(room_);
  if (room == nullptr) {
    return fail(RoomError::kNoSuchRoom, "No such room (" + room_id_.to_string() + ")");
  }
  if (!last_) begin(answer, *room);
  const bool is_complete = last_ ? write(answer, room->settings(), room->publishers_after(*last_))
                                 : write(answer, room->settings(), room->publishers());
  if (!is_complete) return std::nullopt;
  answer += "]}";
  return std::expected<void, Error>{};
}

}  // namespace penstock::janus
