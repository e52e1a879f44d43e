#include "controlplane/janus/access_tokens.h"

#include "controlplane/janus/signed_token.h"
#include "controlplane/janus/videoroom/videoroom.h"
#include "controlplane/signalling/limits.h"

namespace penstock::janus {
namespace {

constexpr std::string_view kApiRealm = "janus";

}  // namespace

bool AccessTokens::opens_api(std::string_view token) const {
  if (are_signed()) return is_signed(token, kApiRealm, std::nullopt);
  return are_stored() && stored_.contains(token);
}

bool AccessTokens::opens_videoroom(std::string_view token) const {
  if (are_signed()) return is_signed(token, kApiRealm, VideoRoom::kPackage);
  const auto found = stored_.find(token);
  return found != stored_.end() && found->second.has_videoroom;
}

bool AccessTokens::opens_room(std::string_view token, const std::string& room) const {
  return are_signed() && is_signed(token, VideoRoom::kPackage, "room=" + room);
}

bool AccessTokens::add(std::string_view token) {
  if (stored_.contains(token)) return true;
  if (stored_.size() >= kStoredTokensMax) return false;
  stored_.emplace(token, Rights{});
  return true;
}

bool AccessTokens::remove(std::string_view token) {
  const auto found = stored_.find(token);
  if (found == stored_.end()) return false;
  stored_.erase(found);
  return true;
}

AccessTokens::Rights* AccessTokens::find(std::string_view token) {
  const auto found = stored_.find(token);
  return found == stored_.end() ? nullptr : &found->second;
}

bool AccessTokens::is_signed(std::string_view token, std::string_view realm,
                             std::optional<std::string_view> descriptor) const {
  if (!options_.unix_time_s || token.size() > kTokenBytesMax) return false;
  return is_signed_token(token, {.realm = realm, .descriptor = descriptor}, options_.signing_secret,
                         options_.unix_time_s());
}

}  // namespace penstock::janus
