#include "controlplane/room/directory.h"

#include <algorithm>
#include <utility>

#include "dataplane/base/scope_guard.h"

namespace penstock::room {

Directory::~Directory() {
  while (!rooms_.empty()) remove(Id(rooms_.begin()->first), 0);
  while (!ending_.empty()) remove_first_ending(0);
  end_of_call(0);
}

std::expected<Room*, Directory::CreateError> Directory::create(const Id& id,
                                                               RoomSettings settings) {
  if (rooms_.contains(id)) return std::unexpected(CreateError::kExists);
  const Handle<Room> room = pool_.allocate(id, next_serial_, std::move(settings), members_);
  if (room.is_null()) return std::unexpected(CreateError::kFull);
  ScopeGuard undo([&] { pool_.discard(room); });
  rooms_.emplace(id, room);
  undo.dismiss();
  ++next_serial_;
  return pool_.resolve(room);
}

Handle<Room> Directory::handle_of(const Id& id) const {
  const auto found = rooms_.find(id);
  return found == rooms_.end() ? Handle<Room>() : found->second;
}

void Directory::remove(const Id& id, Timestamp now) {
  const auto found = rooms_.find(id);
  if (found == rooms_.end()) return;
  const Handle<Room> room = found->second;
  pool_.resolve(room)->remove_everybody(now);
  rooms_.erase(found);
  members_.retired.retire(pool_, room, now);
}

void Directory::begin_removal(const Id& id) {
  const auto found = rooms_.find(id);
  if (found == rooms_.end()) return;
  pool_.resolve(found->second)->is_ending = true;
  ending_.insert(rooms_.extract(found));
}

Room* Directory::first_ending() const {
  return ending_.empty() ? nullptr : pool_.resolve(ending_.begin()->second);
}

void Directory::remove_first_ending(Timestamp now) {
  const Handle<Room> room = ending_.begin()->second;
  pool_.resolve(room)->remove_everybody(now);
  ending_.erase(ending_.begin());
  members_.retired.retire(pool_, room, now);
}

void Directory::add_news(Room& room, News news) {
  const Handle<Room> handle = handle_of(room.id());
  if (!room.is_behind) behind_.push_back(handle);
  room.is_behind = true;
  if (!added_by_request_) added_by_request_ = {handle, room.news().end()};
  room.news().add(std::move(news));
}

void Directory::take_back_news() {
  if (!added_by_request_) return;
  if (Room* room = pool_.resolve(added_by_request_->room))
    room->news().take_back(added_by_request_->since);
}

// Those that end tell their members when these go.
Room* Directory::first_behind() {
  while (!behind_.empty()) {
    Room* room = pool_.resolve(behind_.front());
    if (room != nullptr && !room->is_ending && !room->news().empty()) return room;
    if (room != nullptr) room->is_behind = false;
    behind_.erase(behind_.begin());
  }
  return nullptr;
}

void Directory::rotate_behind() { std::ranges::rotate(behind_, behind_.begin() + 1); }

Counts Directory::counts() const {
  Counts counts{.rooms = rooms_.size() + ending_.size()};
  for (const Room& room : ending_rooms()) {
    counts.participants += room.participant_count();
    counts.subscribers += room.subscriber_count();
  }
  for (const Room& room : rooms()) {
    for (const Publisher& publisher : room.publishers()) {
      ++counts.participants;
      for (const PublisherStream& stream : publisher.streams) {
        if (stream.media.is_active) ++counts.published_streams;
      }
    }
    for (const Subscriber& subscriber : room.subscribers()) {
      ++counts.subscribers;
      counts.subscriptions += subscriber.active_count();
    }
  }
  return counts;
}

void Directory::report_pools(PoolReports& out) const {
  out.push_back(pool_.report());
  out.push_back(members_.publishers.report());
  out.push_back(members_.subscribers.report());
}

void Directory::walk_ownership(OwnershipWalk& walk) const {
  walk.expect(pool_);
  walk.expect(members_.publishers);
  walk.expect(members_.subscribers);
  const auto walk_room = [&](Handle<Room> room) {
    if (walk.mark(pool_, room)) pool_.resolve(room)->walk_ownership(walk);
  };
  for (const auto& [id, room] : rooms_) walk_room(room);
  for (const auto& [id, room] : ending_) walk_room(room);
}

}  // namespace penstock::room
