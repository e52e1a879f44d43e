// What media says where something is used up. Pure functions.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "controlplane/media/media.h"
#include "dataplane/api/dataplane.h"

namespace penstock {

inline std::unexpected<MediaError> capacity_error(std::string text) {
  return std::unexpected(MediaError{MediaErrorKind::kCapacity, std::move(text)});
}
// Of the data plane, by its own words.
inline std::unexpected<MediaError> capacity_error(DataplaneError error) {
  return capacity_error(std::string(to_string(error)));
}

}  // namespace penstock
