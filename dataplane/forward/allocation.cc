#include "dataplane/forward/allocation.h"

#include <algorithm>

namespace penstock {
namespace {

// The lowest layer is sent of a stream even if the way carries only so much of it, up to when it
// may be paused.
constexpr double kPauseShare = 0.7;

class Allocator {
 public:
  Allocator(const AllocationInput& input, std::span<AllocationStream> streams)
      : input_(input), streams_(streams) {}

  AllocationOutput run() {
    for (auto priority = highest_below(256); priority >= 0; priority = highest_below(priority)) {
      for (AllocationStream& stream : streams_) {
        if (stream.priority == priority && !stream.steps.empty()) give_lowest_of(stream);
      }
    }
    for (auto priority = highest_below(256); priority >= 0; priority = highest_below(priority))
      raise(priority);
    return {.used_bps = used_bps_, .next_bps = next_bps(), .is_over = is_over_};
  }

 private:
  void give(AllocationStream& stream) {
    used_bps_ += stream.next_bps();
    ++stream.given;
  }

  void give_lowest_of(AllocationStream& stream) {
    const double bps = stream.steps[0].bps;
    if (fits(stream)) return give(stream);
    if (!stream.present) return;
    const bool is_far = used_bps_ + kPauseShare * bps > input_.available_bps;
    if (is_far && input_.may_pause) return;
    is_over_ = is_over_ || is_far;
    give(stream);
  }

  // The next step of the stream.
  bool fits(const AllocationStream& stream) const {
    const bool is_rise = !stream.present || stream.steps[stream.given].layer > *stream.present;
    if (is_rise && !input_.may_rise) return false;
    return used_bps_ + stream.next_bps() <= input_.available_bps;
  }

  // Those of a priority, a step each at a time.
  void raise(int priority) {
    for (std::size_t level = 1; level < AllocationStream::kStepsMax; ++level) {
      for (AllocationStream& stream : streams_) {
        const bool is_next = stream.priority == priority && stream.given == level;
        if (is_next && !stream.is_full() && fits(stream)) give(stream);
      }
    }
  }

  // -1: there is none.
  int highest_below(int priority) const {
    int highest = -1;
    for (const AllocationStream& stream : streams_) {
      if (stream.priority < priority) highest = std::max(highest, int{stream.priority});
    }
    return highest;
  }

  double next_bps() const {
    double least = 0;
    for (const AllocationStream& stream : streams_) {
      if (stream.is_full()) continue;
      const double step = stream.next_bps();
      if (least == 0 || step < least) least = step;
    }
    return least == 0 ? 0 : used_bps_ + least;
  }

  const AllocationInput& input_;
  std::span<AllocationStream> streams_;
  double used_bps_ = 0;
  bool is_over_ = false;
};

}  // namespace

void make_steps(const LayerRates& rates, Layer limit, const WireCost& cost,
                AllocationStream& stream) {
  const auto add = [&](Layer layer) {
    const double bps = cost.of(rates.bps(layer));
    if (bps == 0) return;
    // What costs no more than less does, takes its place.
    while (!stream.steps.empty() && stream.steps.back().bps >= bps) stream.steps.pop_back();
    static_cast<void>(stream.steps.push_back({layer, bps}));
  };
  for (std::size_t rank = 0; rank < rates.count && rank <= limit.spatial; ++rank) {
    Layer layer{static_cast<std::uint8_t>(rank), 0};
    if (rank == 0) {
      for (; layer.temporal < limit.temporal; ++layer.temporal) add(layer);
    } else {
      layer.temporal = limit.temporal;
      while (layer.temporal > 0 && rates.bps(layer) == 0) --layer.temporal;
    }
    add(layer);
  }
}

AllocationOutput allocate(const AllocationInput& input, std::span<AllocationStream> streams) {
  for (AllocationStream& stream : streams) stream.given = 0;
  return Allocator(input, streams).run();
}

}  // namespace penstock
