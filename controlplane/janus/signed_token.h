// Tokens that say themselves what they are for, signed by whoever shares a secret with this server:
//
//   EXPIRY,REALM[,DESCRIPTOR...]:BASE64(HMAC-SHA1(secret, all before the colon))
//
// EXPIRY is in seconds since 1970. The realm "janus" is the API's, with the plugins that may be
// used as descriptors; that of a plugin is its package (the VideoRoom's has "room=ID"). RFC 2104,
// RFC 4648 section 4. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::janus {

struct TokenClaim {
  std::string_view realm;
  std::optional<std::string_view> descriptor{};  // that has to be among those of the token
};

// Whether the token is signed with `secret`, says what is claimed, and has not expired.
bool is_signed_token(std::string_view token, const TokenClaim& claim, std::string_view secret,
                     std::int64_t unix_time_s);

// The token of this content ("1700000000,janus"). Throws std::bad_alloc.
std::string sign_token(std::string_view content, std::string_view secret);

}  // namespace penstock::janus
