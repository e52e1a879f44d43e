// What has happened in a room and not everybody in it has been told yet, in order. Each member
// knows how far it has come (`heard`), so that a large room is told a part a turn, and nobody
// hears of anything twice, too late or in another order. Who is told what is the API's business
// (janus/videoroom/spreading.h). Owned by its room; control thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/room/id.h"

namespace penstock::room {

// What a change means to those who receive a feed, or belong to a participant. A view.
struct Change {
  enum class Kind : std::uint8_t {
    kEnded,    // the feed's streams with these mids have ended; without mids, all of them
    kRecoded,  // these are sent with another codec, or other parameters
    kPaused,   // some of the feed's streams fell silent, or are heard again
    kKicked,   // whoever belongs to the participant with this private id goes
  };

  Kind kind{};
  const Id& feed;
  std::span<const std::string> mids{};
  std::uint32_t private_id = 0;
};

// One of them, for participants or for subscribers.
struct News {
  std::string event{};                 // of participants; empty: a change
  std::optional<Id> except{};          // of an event: who is not told
  std::optional<Change::Kind> kind{};  // the rest is of a change
  Id feed{};
  std::vector<std::string> mids{};
  std::uint32_t private_id = 0;

  static News of(const Change& change) {
    return {.kind = change.kind,
            .feed = change.feed,
            .mids = {change.mids.begin(), change.mids.end()},
            .private_id = change.private_id};
  }
  Change change() const {
    return {.kind = *kind, .feed = feed, .mids = mids, .private_id = private_id};
  }
};

// Places are counted from the room's beginning; those before begin() everybody has heard.
class NewsList {
 public:
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  std::uint64_t begin() const { return first_; }
  std::uint64_t end() const { return first_ + items_.size(); }
  const News& at(std::uint64_t place) const { return items_[place - first_]; }

  // Throws std::bad_alloc; then nothing has changed.
  void add(News news) { items_.push_back(std::move(news)); }
  // What was added from `end` on, and nobody has heard, never was.
  void take_back(std::uint64_t end) {
    while (this->end() > std::max(end, first_)) items_.pop_back();
  }
  void forget_before(std::uint64_t place) {
    for (; first_ < place && !items_.empty(); ++first_) items_.pop_front();
  }

 private:
  std::uint64_t first_ = 0;
  std::deque<News> items_;
};

}  // namespace penstock::room
