// What one receiver is sent of each of its video streams when its way does not carry all of them.
// A pure function of what each stream costs and what the way carries; scratch memory of a worker,
// which calls it for one receiver after the other.
//
// All get their lowest layer before any gets more; what has a higher priority goes first. Then
// those of the highest priority go up, a step each at a time, as long as something fits; then the
// others. Nothing at all is sent of a stream only as the last resort.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/api/layer.h"
#include "dataplane/base/static_vector.h"
#include "dataplane/forward/layer_rates.h"

namespace penstock {

// One stream of the receiver's.
struct AllocationStream {
  struct Step {
    Layer layer;
    double bps = 0;  // on the way, with all that it needs
  };
  static constexpr std::size_t kStepsMax = kTemporalLayersMax + kSpatialLayersMax - 1;

  // Upwards: each costs more than the one before. Empty: nothing is known of it, and it gets its
  // limit.
  StaticVector<Step, kStepsMax> steps;
  std::uint8_t priority = 0;
  std::optional<Layer> present;  // its target until now; none: it is paused

  // The result: one after the index of its step; 0: none, it is paused.
  std::size_t given = 0;

  // Of what it has.
  double present_bps() const {
    double bps = 0;
    for (const Step& step : steps) {
      if (present && step.layer <= *present) bps = step.bps;
    }
    return bps;
  }
  double given_bps() const { return given == 0 ? 0 : steps[given - 1].bps; }
  double next_bps() const { return steps[given].bps - given_bps(); }
  bool is_full() const { return given == steps.size(); }
};

// What so much payload takes on the way.
struct WireCost {
  double factor = 1;
  double bps = 0;  // besides, of each stream

  double of(double payload_bps) const { return payload_bps == 0 ? 0 : factor * payload_bps + bps; }
};

// The steps of a stream up to the limit: of the smallest picture all frame rates, of larger ones
// the highest.
void make_steps(const LayerRates& rates, Layer limit, const WireCost& cost,
                AllocationStream& stream);

struct AllocationInput {
  double available_bps = 0;
  bool may_rise = true;    // above what streams have now
  bool may_pause = false;  // it was too much for long
};

struct AllocationOutput {
  double used_bps = 0;
  // What would be enough, in all, for one step more; 0: all have what is wanted.
  double next_bps = 0;
  // More is sent than is available, as nothing may be paused yet.
  bool is_over = false;
};

AllocationOutput allocate(const AllocationInput& input, std::span<AllocationStream> streams);

}  // namespace penstock
