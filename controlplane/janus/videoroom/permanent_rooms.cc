#include "controlplane/janus/videoroom/permanent_rooms.h"

#include <algorithm>
#include <utility>

#include "controlplane/janus/room_file.h"
#include "controlplane/signalling/limits.h"

namespace penstock::janus::videoroom {
namespace {

// What a change takes beside its texts.
constexpr std::size_t kChangeBytes = 256;

}  // namespace

void PermanentRooms::open(TableExecutor& executor, TableFile file) {
  job_ = std::make_unique<TableJob>(std::move(file));
  executor_ = &executor;
}

std::expected<PermanentRooms::Prepared, Error> PermanentRooms::prepare(
    const room::Id& room, std::optional<std::string> row) {
  Prepared prepared;
  prepared.change.push_back({.key = room_key(room), .row = std::move(row)});
  const TableChange& change = prepared.change.front();
  const std::size_t bytes =
      kChangeBytes + change.key.size() + (change.row ? change.row->size() : 0);
  if (bytes > kRoomChangeBytesMax - bytes_) {
    return fail(RoomError::kUnknown, "Too many changes of permanent rooms wait for the disk");
  }
  prepared.waiter.push_back({.ticket = last_ticket_ + 1, .bytes = bytes});
  return prepared;
}

void PermanentRooms::begin(Prepared prepared, RequestId request) {
  Waiter& waiter = prepared.waiter.front();
  waiter.request = request;
  last_ticket_ = waiter.ticket;
  bytes_ += waiter.bytes;
  queued_.splice(queued_.end(), prepared.change);
  waiting_.splice(waiting_.end(), prepared.waiter);
  if (job_ != nullptr) submit();
}

void PermanentRooms::submit() {
  job_->changes.splice(job_->changes.end(), queued_);
  writing_.splice(writing_.end(), waiting_);
  executor_->submit(std::move(job_));
}

std::optional<bool> PermanentRooms::outcome(Ticket ticket) const {
  const auto found = std::ranges::find(over_, ticket, &Waiter::ticket);
  return found == over_.end() ? std::nullopt : std::optional(found->is_on_disk);
}

void PermanentRooms::forget(Ticket ticket) {
  const auto found = std::ranges::find(over_, ticket, &Waiter::ticket);
  if (found != over_.end()) over_.erase(found);
}

void PermanentRooms::take_news(PluginHost& host) {
  std::unique_ptr<TableJob> done = executor_ == nullptr ? nullptr : executor_->take_done();
  if (done == nullptr) return;
  job_ = std::move(done);
  while (!writing_.empty()) {
    Waiter& waiter = writing_.front();
    bytes_ -= waiter.bytes;
    waiter.is_on_disk = !job_->changes.front().error;
    job_->changes.pop_front();
    if (host.wake(waiter.request)) {
      over_.splice(over_.end(), writing_, writing_.begin());
    } else {
      writing_.pop_front();  // nobody waits any more
    }
  }
  if (!queued_.empty()) submit();
}

}  // namespace penstock::janus::videoroom
