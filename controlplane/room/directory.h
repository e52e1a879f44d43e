// All rooms of a server, by id. Owns them and Members; a room owns everybody in it, so removing one
// leaves nothing behind. Full pools are errors of what was asked for. Control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <ranges>
#include <vector>

#include "controlplane/room/members.h"
#include "controlplane/room/room.h"

namespace penstock::room {

// What is alive: for tests and metrics.
struct Counts {
  std::size_t rooms = 0;
  std::size_t participants = 0;
  std::size_t published_streams = 0;  // active m-lines of publishers
  std::size_t subscribers = 0;
  std::size_t subscriptions = 0;  // active m-lines of subscribers

  bool operator==(const Counts&) const = default;
};

class Directory {
 public:
  enum class CreateError : std::uint8_t { kExists, kFull };

  explicit Directory(const Capacities& capacities)
      : members_(capacities), pool_("rooms", capacities.rooms) {
    behind_.reserve(capacities.rooms);
  }
  // Removes all rooms.
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::expected<Room*, CreateError> create(const Id& id, RoomSettings settings);
  Room* find(const Id& id) const { return pool_.resolve(handle_of(id)); }
  // Null if there is no such room.
  Handle<Room> handle_of(const Id& id) const;
  Room* resolve(Handle<Room> room) const { return pool_.resolve(room); }
  Publisher* resolve(Handle<Publisher> publisher) const {
    return members_.publishers.resolve(publisher);
  }
  // The one end of a room, with everybody in it. Unknown: no-op.
  void remove(const Id& id, Timestamp now);
  // Nobody finds the room by its id any more, which may be used again; it waits for those who take
  // its members away. Unknown: no-op. Needs no memory.
  void begin_removal(const Id& id);
  // One of the rooms that wait for that; null: none does.
  Room* first_ending() const;
  // It goes, with whoever is left in it.
  void remove_first_ending(Timestamp now);
  // Those that wait for that, likewise.
  auto ending_rooms() const {
    return std::views::transform(
        ending_, [this](const auto& entry) -> const Room& { return *pool_.resolve(entry.second); });
  }
  // A range of `const Room&`, in the order of their ids.
  auto rooms() const {
    return std::views::transform(
        rooms_, [this](const auto& entry) -> const Room& { return *pool_.resolve(entry.second); });
  }

  // For whoever is told later (room/news.h). Throws std::bad_alloc; then nothing has changed.
  void add_news(Room& room, News news);
  // A request begins; what it adds is taken back if it fails.
  void begin_request() { added_by_request_.reset(); }
  void take_back_news();
  // The room whose members are to be told next of what they have not heard; null: there is none.
  Room* first_behind();
  bool has_behind() const { return !behind_.empty(); }
  // Others are next, and it is again when they have been; or it has nothing to tell any more.
  void rotate_behind();

  // Nobody has a pointer to anything in here any more: what was removed is freed.
  void end_of_call(Timestamp now) { members_.retired.end_of_call(now); }

  Counts counts() const;
  void report_pools(PoolReports& out) const;
  // Marks every room and everybody in them.
  void walk_ownership(OwnershipWalk& walk) const;
  const RetireList& retired() const { return members_.retired.list(); }

 private:
  Members members_;
  ObjectPool<Room> pool_;
  std::uint64_t next_serial_ = 1;
  std::map<Id, Handle<Room>> rooms_;
  std::multimap<Id, Handle<Room>> ending_;
  std::vector<Handle<Room>> behind_;  // with news, in the order of their turns
  struct Added {
    Handle<Room> room;
    std::uint64_t since = 0;
  };
  std::optional<Added> added_by_request_;  // a request is about one room
};

}  // namespace penstock::room
