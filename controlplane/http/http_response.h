// An HTTP response and its bytes on the wire. Pure; owned by the connection that writes it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock {

struct HttpResponse {
  unsigned status = 200;
  std::vector<std::pair<std::string_view, std::string>> fields;
  std::string body;
  std::string_view static_body;  // instead of body, if not empty: a part of the binary
  bool omit_body = false;        // HEAD: the length is announced, the body is not sent
  bool close = false;

  std::string_view content() const { return static_body.empty() ? body : static_body; }
  void set(std::string_view name, std::string value) {
    fields.emplace_back(name, std::move(value));
  }
};

// A response of one line of text.
HttpResponse text_response(unsigned status, std::string_view text);

// Status line and header fields with the blank line. `unix_seconds` becomes Date.
std::string serialize_head(const HttpResponse& response, long unix_seconds);

}  // namespace penstock
