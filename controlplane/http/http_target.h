// The request target (RFC 9112 section 3.2) taken apart: path, percent-decoded segments, query.
// Pure functions.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/http/http_request_reader.h"
#include "controlplane/signalling/message_channel.h"

namespace penstock {

struct HttpTarget {
  std::string path;  // as received, without query: "/janus/12%2F"
  std::vector<std::string>
      segments;  // decoded, without the empty one after a last '/': {"janus", "12/"}
  std::vector<HttpApiRequest::Parameter> query;  // decoded; '+' is a space
};

// Takes origin form ("/a?b=c") and absolute form ("http://host/a"). Refuses malformed escapes, NUL
// characters, and more query parameters than kHttpQueryParametersMax.
std::expected<HttpTarget, HttpRefusal> parse_http_target(std::string_view target);

}  // namespace penstock
