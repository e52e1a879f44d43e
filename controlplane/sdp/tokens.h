// Small helpers for reading the text of a session description: blanks, splitting and tokens. Pure
// functions over views into the caller's text; any thread.
#pragma once

#include <algorithm>
#include <string_view>

#include "dataplane/base/ascii.h"

namespace penstock::sdp {

// What may stand around any value without meaning anything. RFC 8866 section 5 has one space in
// some places and none in others; senders add spaces, tabs and carriage returns of their own.
inline constexpr std::string_view kBlanks = " \t\r";

constexpr std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

// Takes what stands before the first `separator` off the front of `rest`, the separator too. Takes
// everything when there is none.
constexpr std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return taken;
}

// Takes the next non-empty word off the front of `rest`; words are separated by blanks. Empty when
// there are none left.
constexpr std::string_view take_word(std::string_view& rest) {
  rest = trimmed(rest);
  const std::size_t end = std::min(rest.find_first_of(kBlanks), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest = trimmed(rest.substr(end));
  return word;
}

// token-char of RFC 8866 section 9.
constexpr bool is_token_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`{|}~";
  return is_alphanumeric(c) || kMarks.find(c) != std::string_view::npos;
}
constexpr bool is_token(std::string_view text) {
  for (const char c : text) {
    if (!is_token_char(c)) return false;
  }
  return !text.empty();
}

}  // namespace penstock::sdp
