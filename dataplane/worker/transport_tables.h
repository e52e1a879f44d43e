// The tables of a transport still name what was destroyed (docs/adr/0002) until somebody looks.
// Called on the worker that owns the transport.
#pragma once

#include "dataplane/worker/context.h"

namespace penstock {

inline void forget_destroyed_streams(Transport& transport, const Pools& pools) {
  const auto& entries = transport.streams.entries();
  for (std::size_t i = entries.size(); i > 0; --i) {
    const StreamHandle handle = entries[i - 1].stream;
    if (pools.streams.resolve(handle) == nullptr) transport.streams.remove(handle);
  }
}

// Calls `on_ended(const Transport::Sent&)` for each.
template <typename OnEnded>
void forget_destroyed_subscriptions(Transport& transport, const Pools& pools, OnEnded&& on_ended) {
  auto& subscriptions = transport.subscriptions;
  for (std::size_t i = subscriptions.size(); i > 0; --i) {
    if (pools.subscriptions.resolve(subscriptions[i - 1].subscription) != nullptr) continue;
    on_ended(subscriptions[i - 1]);
    subscriptions.erase_unordered(i - 1);
  }
}

}  // namespace penstock
