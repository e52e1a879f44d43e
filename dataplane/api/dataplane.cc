#include "dataplane/api/dataplane.h"

namespace penstock {

std::string_view to_string(DataplaneError error) {
  switch (error) {
    case DataplaneError::kTransportPoolFull:
      return "all transports are in use (limits.participants, limits.publishers)";
    case DataplaneError::kStreamPoolFull:
      return "all streams are in use (limits.publishers)";
    case DataplaneError::kSubscriptionPoolFull:
      return "all subscriptions are in use (limits.subscriptions)";
    case DataplaneError::kFanOutPoolFull:
      return "all fan-out lists are in use (limits.subscriptions)";
    case DataplaneError::kRetireListFull:
      return "what was closed cannot be freed yet, because a worker does not report; try again";
    case DataplaneError::kTooManyStreams:
      return "too many media sections for one connection";
    case DataplaneError::kNoSuchObject:
      return "it was closed meanwhile";
    case DataplaneError::kHasKeys:
      return "it has its keys already";
    case DataplaneError::kOutOfMemory:
      return "out of memory";
  }
  return "unknown error";
}

}  // namespace penstock
