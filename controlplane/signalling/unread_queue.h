// What clients have been sent and have not read yet: a queue for each connection, each bounded, and
// a bound for all of them together, so that clients that do not read cannot take the server's
// memory. Over the latter the connection ends whose oldest bytes have waited longest: a client that
// reads at once is not that one while another one does not read. The same holds for sessions of the
// Janus API whose events wait to be fetched or claimed.
// Owned by the listeners (UnreadMemory) and their connections (UnreadQueue), and by the Janus core
// and its sessions; control thread.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <set>
#include <string>

#include "dataplane/base/time.h"

namespace penstock {

class UnreadQueue;

// That of all connections, or of all sessions. Outlives their queues.
class UnreadMemory {
 public:
  explicit UnreadMemory(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  std::size_t bytes() const { return bytes_; }

 private:
  friend UnreadQueue;

  void keep_bound();

  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::set<UnreadQueue*> queues_;
};

class UnreadQueue {
 public:
  struct Options {
    std::size_t bytes_max = 1;
    // Ends the connection or session, later: called within push() of any queue. What this queue
    // holds has been thrown away then, but for the front, which may be at the socket.
    std::function<void()> give_up;
  };

  UnreadQueue(UnreadMemory& memory, Options options);
  ~UnreadQueue();
  UnreadQueue(const UnreadQueue&) = delete;
  UnreadQueue& operator=(const UnreadQueue&) = delete;

  // Calls give_up, of this queue or of others, where there is no room. False if this one has given
  // up. If it throws, nothing has been done.
  bool push(std::string text, Timestamp now);

  bool empty() const { return texts_.empty(); }
  std::size_t size() const { return texts_.size(); }
  const std::string& front() const { return texts_.front().text; }
  void pop();
  // What counts for the bounds.
  std::size_t bytes() const { return bytes_; }

 private:
  friend UnreadMemory;

  struct Text {
    std::string text;
    Timestamp queued_at = 0;
    std::size_t bytes() const { return sizeof(Text) + text.capacity(); }
  };

  // Whether it ends before the other one.
  bool is_slower_than(const UnreadQueue& other) const;
  void give_up();

  UnreadMemory& memory_;
  const Options options_;
  std::list<Text> texts_;  // most are empty, and an empty one has no heap
  std::size_t bytes_ = 0;
  bool is_given_up_ = false;  // nothing counts or is taken any more
};

}  // namespace penstock
