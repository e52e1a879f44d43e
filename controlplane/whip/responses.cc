#include "controlplane/whip/responses.h"

#include <algorithm>
#include <utility>

#include "controlplane/janus/json_text.h"
#include "dataplane/base/ascii.h"

namespace penstock::whip {
namespace {

// How soon to ask again: where somebody may begin to publish at any time, and where others have to
// go first.
constexpr unsigned kRetryPublisherS = 2;
constexpr unsigned kRetryFullS = 10;

}  // namespace

bool is_type(std::string_view content_type, std::string_view wanted) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  return equals_ignoring_case(content_type, wanted);
}

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (authorization.size() <= kScheme.size() ||
      !equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) {
    return {};
  }
  authorization.remove_prefix(kScheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  return authorization;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kUnreserved = "-._~";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_alphanumeric(c) || kUnreserved.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kHex[byte >> 4], kHex[byte & 0x0F]};
  }
  return encoded;
}

HttpApiResponse plain(unsigned status) {
  return {.status = status, .body = {}, .content_type = {}, .headers = {}};
}

HttpApiResponse problem(unsigned status, std::string_view detail) {
  return {.status = status,
          .body = janus::ObjectText{{"status", status}, {"detail", detail}}.text(),
          .content_type = "application/problem+json",
          .headers = {}};
}

HttpApiResponse busy(unsigned status, std::string_view detail, unsigned retry_after_s) {
  HttpApiResponse response = problem(status, detail);
  response.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
  return response;
}

HttpApiResponse refusal(const room::GuestError& error) {
  using Why = room::GuestRefusal;
  switch (error.why) {
    case Why::kNoSuchRoom:
      return problem(404, error.text);
    case Why::kUnauthorized: {
      HttpApiResponse response = problem(401, error.text);
      response.headers.emplace_back("WWW-Authenticate", "Bearer");
      return response;
    }
    case Why::kForbidden:
      return problem(403, error.text);
    case Why::kNoPublisher:
      return busy(409, error.text, kRetryPublisherS);
    case Why::kIdTaken:
    case Why::kWrongState:
      return problem(409, error.text);
    case Why::kInvalidSdp:
      return problem(400, error.text);
    case Why::kNotAcceptable:
      return problem(422, error.text);
    case Why::kFull:
      break;
  }
  return busy(503, error.text, kRetryFullS);
}

HttpApiResponse not_allowed(std::string allow) {
  HttpApiResponse response = problem(405, "allowed here: " + allow);
  response.headers.emplace_back("Allow", std::move(allow));
  return response;
}

}  // namespace penstock::whip
