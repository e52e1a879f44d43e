#include "controlplane/janus/event_queue.h"

#include <utility>

#include "controlplane/server/limits.h"

namespace penstock::janus {

bool EventQueue::push(std::string event) {
  if (events_.size() >= kEventsPerSessionMax) return false;
  if (bytes_ + event.size() > kEventBytesPerSessionMax) return false;
  bytes_ += event.size();
  events_.push_back(std::move(event));
  return true;
}

std::string EventQueue::pop() {
  std::string event = std::move(events_.front());
  events_.pop_front();
  bytes_ -= event.size();
  return event;
}

std::string take_poll_body(EventQueue& queue, std::size_t events_max) {
  constexpr const char* kKeepalive = R"({"janus":"keepalive"})";
  if (events_max <= 1) return queue.is_empty() ? kKeepalive : queue.pop();
  if (queue.is_empty()) return std::string("[") + kKeepalive + "]";
  std::string body = "[";
  for (std::size_t i = 0; i < events_max && !queue.is_empty(); ++i) {
    if (i > 0) body += ',';
    body += queue.pop();
  }
  body += ']';
  return body;
}

}  // namespace penstock::janus
