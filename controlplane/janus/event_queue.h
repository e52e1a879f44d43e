// Events of a session that wait until somebody fetches them: the next long poll, or a WebSocket
// that claims the session. Bounded (kEventsPerSessionMax, kEventBytesPerSessionMax). Owned by its
// session.
#pragma once

#include <cstddef>
#include <deque>
#include <string>

namespace penstock::janus {

class EventQueue {
 public:
  bool is_empty() const { return events_.empty(); }
  std::size_t size() const { return events_.size(); }

  // False, and nothing is kept, if the queue would exceed its limits.
  bool push(std::string event);
  // The oldest event; the queue must not be empty.
  std::string pop();

 private:
  std::deque<std::string> events_;
  std::size_t bytes_ = 0;
};

// The body that answers a long poll with up to `events_max` queued events: an object if it asked
// for one, an array if it asked for more. With nothing queued it is the keepalive, in the same
// form.
std::string take_poll_body(EventQueue& queue, std::size_t events_max);

}  // namespace penstock::janus
