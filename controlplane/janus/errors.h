// The error codes of the Janus core and of its VideoRoom plugin, and an error with its text. Codes
// and texts are part of the protocol: clients compare them.
#pragma once

#include <expected>
#include <string>

namespace penstock::janus {

// Of the core: {"janus":"error","error":{"code","reason"}}.
enum class CoreError : int {
  kUnauthorized = 403,
  kUnauthorizedPlugin = 405,
  kMissingRequest = 452,
  kUnknownRequest = 453,
  kInvalidJson = 454,
  kInvalidJsonObject = 455,
  kMissingElement = 456,
  kInvalidRequestPath = 457,
  kSessionNotFound = 458,
  kHandleNotFound = 459,
  kPluginNotFound = 460,
  kPluginAttach = 461,
  kUnknownJsepType = 464,
  kInvalidElement = 467,
  kSessionConflict = 468,
  kUnexpectedAnswer = 469,
  kTokenNotFound = 470,
  kNotAcceptingSessions = 472,
  kUnknown = 490,
};

// Of the plugin: {"videoroom":"event","error_code","error"}.
enum class RoomError : int {
  kInvalidRequest = 423,
  kJoinFirst = 424,
  kAlreadyJoined = 425,
  kNoSuchRoom = 426,
  kRoomExists = 427,
  kNoSuchFeed = 428,
  kMissingElement = 429,
  kInvalidElement = 430,
  kInvalidSdpType = 431,
  kPublishersFull = 432,
  kUnauthorized = 433,
  kAlreadyPublished = 434,
  kNotPublished = 435,
  kIdExists = 436,
  kInvalidSdp = 437,
  kInvalidFeed = 438,
  kUnknown = 499,
};

struct Error {
  int code = 0;
  std::string text;
};

inline std::unexpected<Error> fail(CoreError code, std::string text) {
  return std::unexpected(Error{static_cast<int>(code), std::move(text)});
}
inline std::unexpected<Error> fail(RoomError code, std::string text) {
  return std::unexpected(Error{static_cast<int>(code), std::move(text)});
}

}  // namespace penstock::janus
