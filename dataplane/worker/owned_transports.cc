#include "dataplane/worker/owned_transports.h"

namespace penstock {

OwnedTransports::OwnedTransports(const WorkerContext& context, FlowTable& flows)
    : context_(context), flows_(flows) {
  owned_.resize(context.transports_max);
  owned_.clear();
  timers_.resize(context.transports_max);
  timers_.clear();
}

void OwnedTransports::adopt(Transport& transport, TransportHandle handle, Timestamp now) {
  if (owned_.size() == owned_.capacity()) {
    // Stale entries of destroyed transports may fill the list until the next timer pass: look for
    // one now.
    for (std::size_t i = owned_.size(); i > 0; --i) {
      if (context_.pools->transports.resolve(owned_[i - 1].transport) == nullptr) disown(i - 1);
    }
  }
  PENSTOCK_CHECK(owned_.size() < owned_.capacity());
  transport.owned_index = static_cast<std::uint32_t>(owned_.size());
  owned_.push_back({handle, {}});
  timers_.push_back(now);
}

// Forgets a destroyed transport: its flows lead nowhere any more.
void OwnedTransports::disown(std::size_t index) {
  const Owned& owned = owned_[index];
  for (const SocketAddress& flow : owned.flows) {
    flows_.erase(flow, owned.transport);
    context_.flow_sources->remove(context_.index, flow.ip);
  }
  owned_[index] = owned_.back();
  owned_.pop_back();
  timers_[index] = timers_.back();
  timers_.pop_back();
  if (index < owned_.size()) {
    Transport* moved = context_.pools->transports.resolve(owned_[index].transport);
    if (moved != nullptr) moved->owned_index = static_cast<std::uint32_t>(index);
  }
}

}  // namespace penstock
