// Who receives a stream on one worker: a list of subscriptions, in chunks of a pool. The control
// thread takes places in chunks and gives them back, links chunks in at the front and out anywhere
// (registry/fan_out_writer.h); workers read without a lock, and hold what they resolved at most
// until they next report a quiescent state. Each change is one release-store, before or after which
// a reader sees every subscription that stays exactly once (docs/adr/0003).
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/api/handles.h"
#include "dataplane/base/limits.h"
#include "dataplane/pool/object_pool.h"

namespace penstock {

// Writer: control thread. Readers: any worker; of `previous` none.
struct FanOutChunk {
  static constexpr std::size_t kEntriesMax = 25;
  // What is read of a list of a few.
  static constexpr std::size_t kFewBytes = 64;

  FanOutChunk(SubscriptionHandle first, Handle<FanOutChunk> behind)
      : occupied(1), next(behind.bits()) {
    entries[0].store(first.bits(), std::memory_order_relaxed);
  }

  // One bit for each entry that is a subscription. Set by a release-store after its entry was
  // written. A reader may still use the entry of a bit that was cleared since: its handle resolves
  // to null, or is already that of another subscription to the same stream; or it has been pointed
  // at another stream since, which its worker sees (Subscription::target). The subscriptions of
  // this chunk, copied to `handles`.
  std::span<const SubscriptionHandle> read(
      std::array<SubscriptionHandle, kEntriesMax>& handles) const {
    std::size_t count = 0;
    for (std::uint32_t rest = occupied.load(std::memory_order_acquire); rest != 0;
         rest &= rest - 1) {
      const auto& entry = entries[static_cast<std::size_t>(std::countr_zero(rest))];
      handles[count++] = SubscriptionHandle::from_bits(entry.load(std::memory_order_relaxed));
    }
    return std::span(handles).first(count);
  }

  std::atomic<std::uint32_t> occupied;
  std::atomic<std::uint64_t> next;  // bits of a handle; stays as it was when this one is linked out
  std::array<std::atomic<std::uint64_t>, kEntriesMax> entries{};  // bits of handles
  Handle<FanOutChunk> previous;
};
static_assert(sizeof(PoolSlot<FanOutChunk>) == 256);

using FanOutPool = ObjectPool<FanOutChunk>;

// The heads of a stream's lists, one per worker.
class FanOut {
 public:
  // Any worker: the first chunk of the list of `worker`; null when nobody is there. To be resolved
  // at once, with resolve_in_list().
  Handle<FanOutChunk> head(WorkerIndex worker) const {
    return Handle<FanOutChunk>::from_bits(heads_[worker].load(std::memory_order_acquire));
  }
  // Control thread. Release: who sees the head sees the chunks behind it.
  void publish(WorkerIndex worker, Handle<FanOutChunk> head) {
    heads_[worker].store(head.bits(), std::memory_order_release);
  }

 private:
  std::array<std::atomic<std::uint64_t>, kWorkersMax> heads_{};
};

// Calls `visit(Handle<FanOutChunk>, const FanOutChunk&)` for every chunk from `head` on.
template <typename Visit>
void for_each_chunk(const FanOutPool& pool, Handle<FanOutChunk> head, Visit&& visit) {
  while (const FanOutChunk* chunk = pool.resolve_in_list(head)) {
    // Read before the visit, which may retire the chunk.
    const auto next = Handle<FanOutChunk>::from_bits(chunk->next.load(std::memory_order_acquire));
    visit(head, *chunk);
    head = next;
  }
}

// Calls `visit(SubscriptionHandle)` for every subscription of the list that begins at `head`.
template <typename Visit>
void for_each_subscription(const FanOutPool& pool, Handle<FanOutChunk> head, Visit&& visit) {
  for_each_chunk(pool, head, [&](Handle<FanOutChunk>, const FanOutChunk& chunk) {
    std::array<SubscriptionHandle, FanOutChunk::kEntriesMax> handles;
    for (const SubscriptionHandle handle : chunk.read(handles)) visit(handle);
  });
}

}  // namespace penstock
