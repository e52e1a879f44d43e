#include "controlplane/signalling/unread_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace penstock {

void UnreadMemory::keep_bound() {
  while (bytes_ > bytes_max_) {
    const auto slowest =
        std::ranges::max_element(queues_, [](const UnreadQueue* one, const UnreadQueue* other) {
          return other->is_slower_than(*one);
        });
    (*slowest)->give_up();
  }
}

UnreadQueue::UnreadQueue(UnreadMemory& memory, Options options)
    : memory_(memory), options_(std::move(options)) {
  memory_.queues_.insert(this);
}

UnreadQueue::~UnreadQueue() {
  memory_.bytes_ -= bytes_;
  memory_.queues_.erase(this);
}

bool UnreadQueue::push(std::string text, Timestamp now) {
  if (is_given_up_) return false;
  // A text that was written piece by piece may have room for as much again.
  if (text.capacity() - text.size() > text.size() / 4) text.shrink_to_fit();
  const Text& queued = texts_.emplace_back(std::move(text), now);
  bytes_ += queued.bytes();
  memory_.bytes_ += queued.bytes();
  if (bytes_ > options_.bytes_max) give_up();
  memory_.keep_bound();
  return !is_given_up_;
}

void UnreadQueue::pop() {
  if (!is_given_up_) {
    bytes_ -= texts_.front().bytes();
    memory_.bytes_ -= texts_.front().bytes();
  }
  texts_.pop_front();
}

// A queue that holds nothing never ends. Of those that are equally old, the largest is first.
bool UnreadQueue::is_slower_than(const UnreadQueue& other) const {
  if (bytes_ == 0 || other.bytes_ == 0) return bytes_ > other.bytes_;
  const Timestamp since = texts_.front().queued_at;
  const Timestamp others = other.texts_.front().queued_at;
  return since != others ? since < others : bytes_ > other.bytes_;
}

void UnreadQueue::give_up() {
  is_given_up_ = true;
  memory_.bytes_ -= std::exchange(bytes_, 0);
  texts_.erase(std::next(texts_.begin()), texts_.end());
  options_.give_up();
}

}  // namespace penstock
