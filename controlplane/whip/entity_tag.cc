#include "controlplane/whip/entity_tag.h"

#include <algorithm>

namespace penstock::whip {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    return text.substr(1, text.size() - 2);
  return text;
}

}  // namespace

// Weak tags (W/"...") are never equal: If-Match compares strongly.
Precondition check_if_match(std::string_view if_match, std::string_view etag) {
  if_match = trimmed(if_match);
  if (if_match.empty()) return Precondition::kNone;
  if (unquoted(if_match) == "*") return Precondition::kAny;
  while (!if_match.empty()) {
    const std::size_t comma = std::min(if_match.find(','), if_match.size());
    if (unquoted(trimmed(if_match.substr(0, comma))) == etag) return Precondition::kHolds;
    if_match.remove_prefix(std::min(comma + 1, if_match.size()));
  }
  return Precondition::kDoesNot;
}

}  // namespace penstock::whip
