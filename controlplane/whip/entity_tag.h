// The preconditions of requests (RFC 9110 sections 8.8.3 and 13.1.1), as clients write them: with
// quotes or without, and `"*"` for `*`, as examples of drafts had it. Pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace penstock::whip {

enum class Precondition : std::uint8_t {
  kNone,     // there is no If-Match
  kAny,      // *
  kHolds,    // names the current entity tag, among others perhaps
  kDoesNot,  // names others
};

// `etag`: the current one, without quotes.
Precondition check_if_match(std::string_view if_match, std::string_view etag);

}  // namespace penstock::whip
