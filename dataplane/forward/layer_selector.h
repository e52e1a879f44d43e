// Which layer of a stream one receiver gets. Three say something: the receiver, over the API, the
// most that it wants (limit); the allocation, what its way can take (target); and what comes of the
// stream (LayerRates). Until there is an allocation the target is the limit. Encodings of simulcast
// are changed between at keyframes only: until one of the wanted encoding comes, what was sent goes
// on. State of a subscription, on its receiver's worker; called per packet and receiver of streams
// that have layers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/api/layer.h"
#include "dataplane/forward/layer_rates.h"

namespace penstock {

class LayerSelector {
 public:
  static constexpr std::uint8_t kNone = 0xFF;

  // Ranks above what comes mean the highest that comes.
  void set_limit(Layer limit) {
    limit_ = limit;
    want();
  }
  // By the allocation: what fits, at most; empty: nothing, the stream is paused.
  void set_target(std::optional<Layer> target) {
    has_allocation_ = true;
    allocated_ = target;
    want();
  }
  // There is no allocation any more.
  void follow_limit() {
    has_allocation_ = false;
    want();
  }

  Layer limit() const { return limit_; }
  // Never above the limit.
  std::optional<Layer> target() const {
    if (!has_allocation_) return limit_;
    if (!allocated_) return std::nullopt;
    return lower_of(*allocated_, limit_);
  }
  // What is sent now; empty: nothing yet, or nothing any more.
  std::optional<Layer> current() const { return current_; }

 private:
  void want() {}

  Layer limit_ = kHighestLayer;
  std::optional<Layer> allocated_;
  bool has_allocation_ = false;
  std::optional<Layer> current_;
};

}  // namespace penstock
