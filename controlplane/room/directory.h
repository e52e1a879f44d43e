// All rooms of a server, by id. Owns them; a room owns everything in it, so removing one leaves
// nothing behind. Control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>

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

  explicit Directory(std::size_t rooms_max) : rooms_max_(rooms_max) {}

  // The new room, valid until it is removed.
  std::expected<Room*, CreateError> create(const Id& id, RoomSettings settings);
  Room* find(const Id& id);
  void remove(const Id& id);
  const std::map<Id, Room>& rooms() const { return rooms_; }
  Counts counts() const;
  std::size_t participant_count() const;
  std::size_t subscriber_count() const;

 private:
  std::size_t rooms_max_;
  std::uint64_t next_serial_ = 1;
  std::map<Id, Room> rooms_;
};

}  // namespace penstock::room
