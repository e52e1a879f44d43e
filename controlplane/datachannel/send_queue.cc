#include "controlplane/datachannel/send_queue.h"

#include <algorithm>
#include <utility>

namespace penstock {

SendQueue::Result SendQueue::push(QueuedMessage message, Timestamp now) {
  drop_stale(now);
  if (!has_room(message)) make_room(message);
  if (!has_room(message)) {
    if (message.is_reliable) return Result::kOverflow;
    ++dropped_;
    return Result::kDropped;
  }
  bytes_ += message.size();
  messages_.push_back(std::move(message));
  return Result::kTaken;
}

// One pass, whatever there is to drop.
void SendQueue::make_room(const QueuedMessage& wanted) {
  const std::size_t before = messages_.size();
  std::erase_if(messages_, [&](const QueuedMessage& message) {
    if (message.is_reliable) return false;
    if (bytes_ + wanted.size() <= bytes_max_) return false;
    bytes_ -= message.size();
    return true;
  });
  dropped_ += before - messages_.size();
}

void SendQueue::push_control(QueuedMessage message) {
  bytes_ += message.size();
  auto place = messages_.begin();
  while (place != messages_.end() && place->is_control) ++place;
  messages_.insert(place, std::move(message));
}

void SendQueue::drop_stale(Timestamp now) {
  while (!messages_.empty() && !messages_.front().is_reliable && messages_.front().is_stale(now)) {
    pop_front();
    ++dropped_;
  }
}

void SendQueue::pop_front() {
  bytes_ -= messages_.front().size();
  messages_.pop_front();
}

void SendQueue::drop_stream(std::uint16_t stream) {
  std::erase_if(messages_, [&](const QueuedMessage& message) {
    if (message.stream != stream) return false;
    bytes_ -= message.size();
    return true;
  });
}

}  // namespace penstock
