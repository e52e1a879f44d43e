#include "dataplane/worker/paced_queues.h"

#include <algorithm>
#include <numeric>

namespace penstock {

PacedQueues::FreeList::FreeList(std::size_t count) : free_(count), count_(count) {
  std::iota(free_.begin(), free_.end(), 0U);
}

PacedQueues::PacedQueues(std::size_t receivers_max)
    : chunks_(std::clamp(kChunksPerReceiver * receivers_max, kChunksMin, kChunksMax)),
      free_chunks_(chunks_.size()),
      queues_(receivers_max),
      free_queues_(receivers_max) {
  wheel_.fill(kNone);
}

std::uint32_t PacedQueues::begin(TransportHandle receiver, Timestamp now, Timestamp at) {
  if (free_queues_.empty() || free_chunks_.empty()) return kNone;
  if (size() == 0) tick_ = now / kTick;
  const std::uint32_t queue = free_queues_.take();
  const std::uint32_t chunk = take_chunk();
  queues_[queue] = {.receiver = receiver, .first = chunk, .last = chunk};
  put_back(queue, now, at);
  return queue;
}

bool PacedQueues::push(std::uint32_t queue, const Entry& entry) {
  Queue& to = queues_[queue];
  if (to.end_entry == chunks_[to.last].entries.size()) {
    if (free_chunks_.empty()) return false;
    const std::uint32_t chunk = take_chunk();
    chunks_[to.last].next = chunk;
    to.last = chunk;
    to.end_entry = 0;
    if (to.packets == 0) release_first_chunk(to);
  }
  chunks_[to.last].entries[to.end_entry++] = entry;
  ++to.packets;
  ++packets_;
  return true;
}

std::uint32_t PacedQueues::take_chunk() {
  const std::uint32_t chunk = free_chunks_.take();
  chunks_[chunk].next = kNone;
  return chunk;
}

void PacedQueues::pop(std::uint32_t queue) {
  Queue& of = queues_[queue];
  --of.packets;
  --packets_;
  if (++of.first_entry < chunks_[of.first].entries.size() || of.first == of.last) return;
  release_first_chunk(of);
}

bool PacedQueues::has(std::uint32_t queue, SubscriptionHandle subscription) const {
  const Queue& of = queues_[queue];
  std::uint32_t chunk = of.first;
  std::size_t entry = of.first_entry;
  for (std::uint32_t i = 0; i < of.packets; ++i, ++entry) {
    if (entry == Chunk::kEntries) {
      chunk = chunks_[chunk].next;
      entry = 0;
    }
    if (chunks_[chunk].entries[entry].subscription == subscription) return true;
  }
  return false;
}

void PacedQueues::release_first_chunk(Queue& queue) {
  const std::uint32_t next = chunks_[queue.first].next;
  free_chunks_.give_back(queue.first);
  queue.first = next;
  queue.first_entry = 0;
}

// A wheel that stood still for longer than a turn: what it has is looked at within the next one.
void PacedQueues::catch_up(std::int64_t current_tick) {
  tick_ = std::max(tick_, current_tick - static_cast<std::int64_t>(kTicks) + 2);
}

std::uint32_t PacedQueues::take_due(Timestamp now) {
  const std::int64_t current = now / kTick;
  for (catch_up(current); tick_ <= current; ++tick_) {
    const std::uint32_t queue = take_of(tick_);
    if (queue != kNone) return queue;
  }
  return kNone;
}

std::uint32_t PacedQueues::take() {
  for (std::int64_t tick = 0; tick < static_cast<std::int64_t>(kTicks); ++tick) {
    const std::uint32_t queue = take_of(tick);
    if (queue != kNone) return queue;
  }
  return kNone;
}

std::uint32_t PacedQueues::take_of(std::int64_t tick) {
  std::uint32_t& first = wheel_[static_cast<std::size_t>(tick) % kTicks];
  const std::uint32_t queue = first;
  if (queue != kNone) first = queues_[queue].next;
  return queue;
}

void PacedQueues::put_back(std::uint32_t queue, Timestamp now, Timestamp at) {
  const std::int64_t current = now / kTick;
  catch_up(current);
  // Not now again: who is put back is looked at once in a call of the worker.
  const std::int64_t soonest = std::max(tick_, current + 1);
  const std::int64_t latest = tick_ + static_cast<std::int64_t>(kTicks) - 1;
  put_into(std::clamp(at / kTick + 1, soonest, latest), queue);
}

void PacedQueues::put_back_first(std::uint32_t queue) { put_into(tick_, queue); }

void PacedQueues::put_into(std::int64_t tick, std::uint32_t queue) {
  std::uint32_t& first = wheel_[static_cast<std::size_t>(tick) % kTicks];
  queues_[queue].next = first;
  first = queue;
}

void PacedQueues::end(std::uint32_t queue) {
  Queue& of = queues_[queue];
  packets_ -= of.packets;
  while (of.first != kNone) release_first_chunk(of);
  free_queues_.give_back(queue);
}

}  // namespace penstock
