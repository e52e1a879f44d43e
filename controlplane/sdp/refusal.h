// How the functions of the parser say that they refuse a line, and the helpers that store what a
// line says. Internal to the parser.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::sdp {

// Why a line is refused; empty when it is fine. Constant texts only.
using Refusal = std::string_view;

inline constexpr Refusal kMalformed = "malformed value";
inline constexpr Refusal kTooMany = "too many of these";
inline constexpr Refusal kTwice = "stands there twice";

// Why an attribute of an m-line is refused, and what that costs.
struct AttributeRefusal {
  Refusal why;
  bool is_of_line_only = false;  // the description stands without the line
};

// Keeps a parsed value, or refuses its line when there is none.
template <typename T>
Refusal store(T& target, std::optional<T>&& value) {
  if (!value) return kMalformed;
  target = std::move(*value);
  return {};
}

// The same for one more of at most `limit` values.
template <typename T>
Refusal append(std::vector<T>& target, std::optional<T>&& value, std::size_t limit) {
  if (!value) return kMalformed;
  if (target.size() == limit) return kTooMany;
  target.push_back(std::move(*value));
  return {};
}

}  // namespace penstock::sdp
