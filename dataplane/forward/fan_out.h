// Who receives a stream on one worker: an immutable list of subscriptions, in chunks of a pool. The
// control thread publishes a new list with one release-store and retires the chunks it no longer
// uses (DESIGN sections 2 and 3, step 7); workers read with one acquire-load and hold what they
// resolved at most until they next report a quiescent state. Lists share tails: a new subscriber
// costs one new chunk, not a copy of the list.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "dataplane/api/handles.h"
#include "dataplane/base/limits.h"
#include "dataplane/pool/object_pool.h"

namespace penstock {

struct FanOutChunk {
  static constexpr std::size_t kEntriesMax = 30;

  std::uint32_t count = 0;
  Handle<FanOutChunk> next;
  std::array<SubscriptionHandle, kEntriesMax> entries{};
};

using FanOutPool = ObjectPool<FanOutChunk>;

// The heads of a stream's lists, one per worker.
class FanOut {
 public:
  // Any worker: the first chunk of the list of `worker`; null when nobody is there.
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

// Calls `visit(SubscriptionHandle)` for every subscription of the list that begins at `head`.
template <typename Visit>
void for_each_subscription(const FanOutPool& pool, Handle<FanOutChunk> head, Visit&& visit) {
  for (const FanOutChunk* chunk = pool.resolve(head); chunk != nullptr;
       chunk = pool.resolve(chunk->next)) {
    for (std::uint32_t i = 0; i < chunk->count; ++i) visit(chunk->entries[i]);
  }
}

}  // namespace penstock
