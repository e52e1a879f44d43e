#include "controlplane/http/http_target.h"

#include <algorithm>
#include <optional>

#include "controlplane/signalling/limits.h"
#include "dataplane/base/ascii.h"

namespace penstock {
namespace {

enum class Plus { kLiteral, kSpace };

std::optional<std::string> percent_decode(std::string_view text, Plus plus) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const auto high = hex_value(text[i + 1]);
      const auto low = hex_value(text[i + 2]);
      if (!high || !low) return std::nullopt;
      c = static_cast<char>(*high * 16 + *low);
      i += 2;
    } else if (c == '+' && plus == Plus::kSpace) {
      c = ' ';
    }
    if (c == '\0') return std::nullopt;
    decoded += c;
  }
  return decoded;
}

// The path and query of an absolute-form target; origin form is returned as it is.
std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t end = target.find_first_of("/?", scheme.size());
    return end == std::string_view::npos ? std::string_view("/") : target.substr(end);
  }
  return target;
}

bool parse_segments(std::string_view path, std::vector<std::string>& segments) {
  while (path.size() > 1) {
    path.remove_prefix(1);
    const std::size_t slash = std::min(path.find('/'), path.size());
    std::optional<std::string> segment = percent_decode(path.substr(0, slash), Plus::kLiteral);
    if (!segment) return false;
    segments.push_back(*std::move(segment));
    path.remove_prefix(slash);
  }
  return true;
}

bool parse_query(std::string_view text, std::vector<HttpApiRequest::Parameter>& query) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), Plus::kSpace);
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), Plus::kSpace);
    if (!name || !value || query.size() == kHttpQueryParametersMax) return false;
    query.push_back({*std::move(name), *std::move(value)});
  }
  return true;
}

}  // namespace

std::expected<HttpTarget, HttpRefusal> parse_http_target(std::string_view target) {
  target = without_authority(target);
  const std::size_t question = std::min(target.find('?'), target.size());
  HttpTarget parsed;
  parsed.path = target.substr(0, question);
  if (parsed.path.empty()) parsed.path = "/";
  if (parsed.path.front() != '/') {
    return std::unexpected(HttpRefusal{400, "the request target is not a path"});
  }
  if (!parse_segments(parsed.path, parsed.segments)) {
    return std::unexpected(HttpRefusal{400, "malformed escape in the path"});
  }
  if (question < target.size() && !parse_query(target.substr(question + 1), parsed.query)) {
    return std::unexpected(HttpRefusal{400, "malformed or too long query"});
  }
  return parsed;
}

}  // namespace penstock
