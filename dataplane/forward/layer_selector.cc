#include "dataplane/forward/layer_selector.h"

#include <algorithm>

namespace penstock {

bool LayerSelector::update(const LayerRates& rates, std::uint8_t version) {
  version_ = version;
  count_ = static_cast<std::uint8_t>(std::min(rates.count, kSpatialLayersMax));
  for (std::size_t rank = 0; rank < count_; ++rank) ranked_[rank] = rates.spatial[rank].encoding;
  return want();
}

void LayerSelector::restart() {
  current_ = wanted_ = kNone;
  count_ = 0;
  refusals_ = 0;
  version_ = kNoVersion;
  newest_ = {};
}

// What the target means now. What is above it goes on until the wanted one begins, but not if it is
// the receiver's way that has no room for it.
bool LayerSelector::want() {
  const std::optional<Layer> to = target();
  wanted_ = kNone;
  if (to && count_ != 0) wanted_ = ranked_[std::min<std::size_t>(to->spatial, count_ - 1U)];
  const auto current = rank_of(current_);
  const bool fits = to && (!has_allocation_ || !current || *current <= allocated_->spatial);
  if (fits || current_ == kNone) return false;
  current_ = kNone;
  return true;
}

std::optional<std::uint8_t> LayerSelector::rank_of(std::uint8_t encoding) const {
  for (std::uint8_t rank = 0; rank < count_; ++rank) {
    if (ranked_[rank] == encoding) return rank;
  }
  return std::nullopt;
}

// While nothing goes to the receiver.
bool LayerSelector::is_better_than_nothing(std::uint8_t encoding) const {
  if (current_ != kNone) return false;
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
