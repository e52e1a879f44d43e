// Changes the lists of fan_out.h: the control thread's side. A subscription takes the first free
// place of its list's first chunk, or a new chunk in front, and its owner remembers the place. So
// joining and leaving cost the same whatever the size of the room, and leaving cannot fail: it
// takes nothing from the pool. A chunk whose last subscription leaves is retired at once.
//
// How many chunks there can be: each one that is linked holds at least one subscription, and each
// one that was retired did so until the call that retired it, and is reclaimed no later than that
// one. So there are never more chunks, live and retired, than subscriptions, live and retired, and
// a pool with a chunk for each subscription (Pools::fan_out_chunks) is never empty.
//
// Retargeting moves a subscription between lists, and so may leave a retired chunk behind, which no
// retired subscription stands for. The pool has some more for those; when they are used up, who is
// retargeted waits until they are reclaimed (DataplaneError::kRetireListFull).
#pragma once

#include <cstdint>

#include "dataplane/forward/fan_out.h"

namespace penstock {

// Where a subscription stands in a list. Stale once the list was cleared.
struct FanOutPlace {
  Handle<FanOutChunk> chunk;
  WorkerIndex worker = 0;
  std::uint8_t entry = 0;
};

class FanOutWriter {
 public:
  // `retire(chunk)` unlinks the chunk and reclaims it after a grace period.
  using Retire = void (*)(void* owner, Handle<FanOutChunk> chunk);

  FanOutWriter(FanOutPool& pool, Retire retire_chunk, void* retire_owner)
      : pool_(pool), retire_(retire_chunk), retire_owner_(retire_owner) {}

  // Adds a subscription to the stream's list on `worker`. A place whose chunk is null, and nothing
  // changed, when the pool is full.
  FanOutPlace add(FanOut& fan_out, WorkerIndex worker, SubscriptionHandle subscription);
  // Gives a place back that add() returned, once; nothing happens if the list was cleared since.
  void remove(FanOut& fan_out, FanOutPlace place);
  // Empties the list.
  void clear(FanOut& fan_out, WorkerIndex worker);

 private:
  void link_out(FanOut& fan_out, WorkerIndex worker, const FanOutChunk& chunk);
  void retire(Handle<FanOutChunk> chunk) { retire_(retire_owner_, chunk); }

  FanOutPool& pool_;
  Retire retire_;
  void* retire_owner_;
};

}  // namespace penstock
