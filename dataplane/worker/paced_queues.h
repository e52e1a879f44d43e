// Video that waits because its receiver has had as much as its pace allows (forward/pace.h): a
// queue for each such receiver, first in, first out, of where the packets are. They have no number
// and are not encrypted yet, so that of what waits anything can still be left out. Queues stand in
// a wheel of time, so that a receiver is looked at only when its next packet may go. Owned by the
// worker; its own thread only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/api/handles.h"
#include "dataplane/worker/slot.h"

namespace penstock {

class PacedQueues {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  // How exact the wheel is; who waits for longer than a turn of it is looked at once a turn.
  static constexpr Duration kTick = kMillisecond;
  static constexpr std::size_t kTicks = 64;

  struct Entry {
    SlotRef slot;
    SubscriptionHandle subscription;
  };

  // Of 15 packets each. For few receivers as much as a keyframe of some megabytes for one; for
  // thousands of them one of 50 packets for each.
  static constexpr std::size_t kChunksMin = 256;
  static constexpr std::size_t kChunksPerReceiver = 4;
  static constexpr std::size_t kChunksMax = 20'000;

  // For so many receivers. Memory is touched here.
  explicit PacedQueues(std::size_t receivers_max);

  // A queue for this receiver, empty, to be looked at at `at`; kNone if there is no room.
  std::uint32_t begin(TransportHandle receiver, Timestamp now, Timestamp at);
  // Behind the others; false if there is no room.
  bool push(std::uint32_t queue, const Entry& entry);

  TransportHandle receiver(std::uint32_t queue) const { return queues_[queue].receiver; }
  std::size_t packets(std::uint32_t queue) const { return queues_[queue].packets; }
  // The first one; the queue must not be empty.
  const Entry& front(std::uint32_t queue) const {
    return chunks_[queues_[queue].first].entries[queues_[queue].first_entry];
  }
  void pop(std::uint32_t queue);
  // Whether anything of the subscription is among them.
  bool has(std::uint32_t queue, SubscriptionHandle subscription) const;
  // Whether so many packets fit behind those of any queue, which may be to come.
  bool has_room(std::size_t packets) const {
    return free_chunks_.size() * Chunk::kEntries >= packets + 2 * Chunk::kEntries;
  }

  // A queue whose time has come, or kNone. It stands in the wheel no more: put_back() or end() it.
  std::uint32_t take_due(Timestamp now);
  // The same of any queue.
  std::uint32_t take();
  void put_back(std::uint32_t queue, Timestamp now, Timestamp at);
  // The same of one that may send more, but not in this call of the worker: the next one takes it
  // first.
  void put_back_first(std::uint32_t queue);
  void end(std::uint32_t queue);

  // Queues that there are, and packets in them.
  std::size_t size() const { return queues_.size() - free_queues_.size(); }
  std::size_t packets() const { return packets_; }
  // Of chunks that any packets stand in.
  std::size_t used_bytes() const { return (chunks_.size() - free_chunks_.size()) * sizeof(Chunk); }

 private:
  struct Chunk {
    static constexpr std::size_t kEntries = 15;
    std::array<Entry, kEntries> entries;
    std::uint32_t next = kNone;
  };
  struct Queue {
    TransportHandle receiver;
    std::uint32_t first = kNone;  // chunks
    std::uint32_t last = kNone;
    std::uint8_t first_entry = 0;  // of the first
    std::uint8_t end_entry = 0;    // of the last
    std::uint32_t packets = 0;
    std::uint32_t next = kNone;  // queue of the same tick
  };

  std::uint32_t take_of(std::int64_t tick);
  void put_into(std::int64_t tick, std::uint32_t queue);
  std::uint32_t take_chunk();
  void release_first_chunk(Queue& queue);
  void catch_up(std::int64_t current_tick);

  // Those that are free of an array, by their indices. Never more than there were at the start.
  class FreeList {
   public:
    explicit FreeList(std::size_t count);
    bool empty() const { return count_ == 0; }
    std::size_t size() const { return count_; }
    std::uint32_t take() { return free_[--count_]; }
    void give_back(std::uint32_t index) { free_[count_++] = index; }

   private:
    std::vector<std::uint32_t> free_;
    std::size_t count_;
  };

  std::vector<Chunk> chunks_;
  FreeList free_chunks_;
  std::vector<Queue> queues_;
  FreeList free_queues_;
  std::array<std::uint32_t, kTicks> wheel_;  // the first queue of each tick
  std::int64_t tick_ = 0;                    // before it nothing is left
  std::size_t packets_ = 0;
};

}  // namespace penstock
