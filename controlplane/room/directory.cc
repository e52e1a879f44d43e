#include "controlplane/room/directory.h"

#include <utility>

namespace penstock::room {

std::expected<Room*, Directory::CreateError> Directory::create(const Id& id,
                                                               RoomSettings settings) {
  if (rooms_.contains(id)) return std::unexpected(CreateError::kExists);
  if (rooms_.size() >= rooms_max_) return std::unexpected(CreateError::kFull);
  return &rooms_.try_emplace(id, id, next_serial_++, std::move(settings)).first->second;
}

Room* Directory::find(const Id& id) {
  const auto found = rooms_.find(id);
  return found == rooms_.end() ? nullptr : &found->second;
}

void Directory::remove(const Id& id) { rooms_.erase(id); }

std::size_t Directory::participant_count() const {
  std::size_t count = 0;
  for (const auto& [id, room] : rooms_) count += room.publishers().size();
  return count;
}

std::size_t Directory::subscriber_count() const {
  std::size_t count = 0;
  for (const auto& [id, room] : rooms_) count += room.subscribers().size();
  return count;
}

Counts Directory::counts() const {
  Counts counts{.rooms = rooms_.size()};
  for (const auto& [id, room] : rooms_) {
    counts.participants += room.publishers().size();
    for (const auto& [user, publisher] : room.publishers()) {
      for (const PublisherStream& stream : publisher.streams) {
        if (stream.media.is_active) ++counts.published_streams;
      }
    }
    counts.subscribers += room.subscribers().size();
    for (const auto& [peer, subscriber] : room.subscribers()) {
      counts.subscriptions += subscriber.active_count();
    }
  }
  return counts;
}

}  // namespace penstock::room
