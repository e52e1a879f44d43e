// Rooms that are to be there after a restart: their changes on the way to the file of rooms
// (room_file.h), which another thread writes. A request that makes one sleeps until it is on the
// disk. While the file is being written, changes that come wait, and are written together. A change
// that cannot be made leaves the file as it was, and the room as it is.
//
// Owned by the plugin; control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "controlplane/janus/continuation.h"
#include "controlplane/janus/errors.h"
#include "controlplane/janus/plugin_host.h"
#include "controlplane/room/id.h"
#include "controlplane/storage/table_executor.h"

namespace penstock::janus::videoroom {

class PermanentRooms {
 public:
  using Ticket = std::uint64_t;  // of a change
  // A change with all memory that it takes, for which nothing has been done yet.
  struct Prepared {
    struct Waiter {
      Ticket ticket = 0;
      std::size_t bytes = 0;
      RequestId request{};
      bool is_on_disk = false;  // meaningful when it is over
    };
    std::list<TableChange> change;
    std::list<Waiter> waiter;

    Ticket ticket() const { return waiter.front().ticket; }
  };

  // There is a file from now on. The executor outlives this.
  void open(TableExecutor& executor, TableFile file);
  bool is_open() const { return executor_ != nullptr; }

  // `row`: the room's in the file (room_file.h); absent: it goes. Error: too much waits already.
  std::expected<Prepared, Error> prepare(const room::Id& room, std::optional<std::string> row);
  // The change is under way; `request` is woken when it is over. Cannot fail.
  void begin(Prepared prepared, RequestId request);
  // Whether it is on the disk (the executor knows why not), as long as its request is there;
  // nothing: it is under way.
  std::optional<bool> outcome(Ticket ticket) const;
  // Nobody asks for it any more.
  void forget(Ticket ticket);

  // Whether the executor has something for take_news.
  bool has_news() const { return executor_ != nullptr && executor_->has_done(); }
  // Wakes the requests whose changes are over.
  void take_news(PluginHost& host);

 private:
  using Waiter = Prepared::Waiter;

  void submit();

  TableExecutor* executor_ = nullptr;  // null: there is no file
  std::unique_ptr<TableJob> job_;      // null while the executor has it
  Ticket last_ticket_ = 0;
  std::size_t bytes_ = 0;  // of changes that are queued or being written
  // Changes that have not begun, and in the same order who waits for them.
  std::list<TableChange> queued_;
  std::list<Waiter> waiting_;
  std::list<Waiter> writing_;  // for the changes of the job, in the same order
  std::list<Waiter> over_;     // whose requests are awake
};

}  // namespace penstock::janus::videoroom
