// Tokens with which clients show that they may use the Janus API, beside the API secret: either
// those that an operator has stored here (admin_api.h), or those that somebody has signed
// (signed_token.h). Owned by the core; control thread.
//
// Stored tokens are in memory alone: after a restart there are none, as in Janus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::janus {

struct TokenOptions {
  bool are_needed = false;       // each request must carry one, or the API secret
  std::string signing_secret{};  // they are signed with it; empty: they are stored here
  // Seconds since 1970, for tokens that expire. Empty: none is good.
  std::function<std::int64_t()> unix_time_s{};
};

class AccessTokens {
 public:
  // A stored token.
  struct Rights {
    bool has_videoroom = true;  // the one plugin that there is
  };

  explicit AccessTokens(TokenOptions options) : options_(std::move(options)) {}

  bool are_needed() const { return options_.are_needed; }
  bool are_stored() const { return options_.are_needed && options_.signing_secret.empty(); }
  bool are_signed() const { return options_.are_needed && !options_.signing_secret.empty(); }

  // Whether it lets its owner make requests.
  bool opens_api(std::string_view token) const;
  // And to attach to the VideoRoom plugin.
  bool opens_videoroom(std::string_view token) const;
  // Whether it is signed for the room with this id, as text, of the VideoRoom.
  bool opens_room(std::string_view token, const std::string& room) const;

  // Whether it is there now: it was already, or there was a place.
  bool add(std::string_view token);
  bool remove(std::string_view token);
  // Null: it is not stored. Good until the next add or remove.
  Rights* find(std::string_view token);
  const std::map<std::string, Rights, std::less<>>& stored() const { return stored_; }

 private:
  bool is_signed(std::string_view token, std::string_view realm,
                 std::optional<std::string_view> descriptor) const;

  const TokenOptions options_;
  std::map<std::string, Rights, std::less<>> stored_;  // at most kStoredTokensMax
};

}  // namespace penstock::janus
