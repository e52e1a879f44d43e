#include "dataplane/forward/layer_selector.h"

#include <algorithm>

namespace penstock {

bool LayerSelector::update(const LayerRates& rates, std::uint8_t version) {
  version_ = version;
  count_ = static_cast<std::uint8_t>(std::min(rates.count, kSpatialLayersMax));
  silent_ = 0;
  for (std::size_t rank = 0; rank < count_; ++rank) {
    const LayerRates::Spatial& spatial = rates.spatial[rank];
    ranked_[rank] = spatial.encoding;
    if (spatial.silence >= fallback_) silent_ |= (1U << rank) & 0xFU;
  }
  return want();
}

void LayerSelector::restart() {
  current_ = wanted_ = kNone;
  count_ = 0;
  silent_ = 0;
  refusals_ = 0;
  version_ = kNoVersion;
  newest_ = {};
}

// What the target means now. What is above it goes on until the wanted one begins, but not if it is
// the receiver's way that has no room for it.
bool LayerSelector::want() {
  const std::optional<Layer> to = target();
  wanted_ = kNone;
  if (to && fixed_ != kNotFixed) {
    wanted_ = fixed_;
    return false;
  }
  if (to && count_ != 0)
    wanted_ = ranked_[heard_rank(std::min<std::size_t>(to->spatial, count_ - 1U))];
  const auto current = rank_of(current_);
  const bool fits = to && (!has_allocation_ || !current || *current <= allocated_->spatial);
  if (fits || current_ == kNone) return false;
  current_ = kNone;
  return true;
}

// This one, or the next smaller one of which something comes; if nothing does, this one.
std::size_t LayerSelector::heard_rank(std::size_t rank) const {
  for (std::size_t i = rank + 1; i-- > 0;) {
    if ((silent_ >> i & 1U) == 0) return i;
  }
  return rank;
}

std::optional<std::uint8_t> LayerSelector::rank_of(std::uint8_t encoding) const {
  for (std::uint8_t rank = 0; rank < count_; ++rank) {
    if (ranked_[rank] == encoding) return rank;
  }
  return std::nullopt;
}

// While nothing goes to the receiver.
bool LayerSelector::is_better_than_nothing(std::uint8_t encoding) const {
  if (current_ != kNone || fixed_ != kNotFixed) return false;
  const auto rank = rank_of(encoding);
  const auto wanted = rank_of(wanted_);
  return rank && wanted && *rank < *wanted;
}

std::uint8_t LayerSelector::taken() const {
  std::uint8_t taken = wanting();
  for (std::uint8_t rank = 0; rank < count_; ++rank) {
    if (is_better_than_nothing(ranked_[rank])) taken |= bit_of(ranked_[rank]);
  }
  return taken;
}

}  // namespace penstock
