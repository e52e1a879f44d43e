// What each request to the HTTP listener is: a call of one of the APIs (Janus, WHIP, WHEP), a file
// of the page, or a mistake. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controlplane/http/generated_page.h"
#include "controlplane/http/http_request_reader.h"
#include "controlplane/http/http_response.h"
#include "controlplane/http/origin_rule.h"
#include "controlplane/http/static_files.h"
#include "controlplane/signalling/message_channel.h"

namespace penstock {

// What the answers depend on; fixed from start.
struct HttpSite {
  StaticFiles files{};
  OriginRule origins{};
  std::uint16_t websocket_port = 0;  // told to the page by /config.json
  // If set, these are all that there is: no files, nothing for pages of other origins, and no API
  // but perhaps that for administering.
  GeneratedPages generated{};
  bool has_admin_api = false;
};

// A request that the core answers.
struct HttpApiCall {
  HttpApi api = HttpApi::kJanus;
  HttpApiRequest::Method method = HttpApiRequest::Method::kGet;
  std::vector<std::string> segments;            // below the API
  std::vector<HttpApiRequest::Header> headers;  // views into the request
  std::vector<HttpApiRequest::Parameter> query;
};

std::variant<HttpResponse, HttpApiCall> route_http_request(const HttpRequest& request,
                                                           const HttpSite& site);

// The response to an API call, with the headers that let pages of other origins read it.
HttpResponse api_response(HttpApiResponse from, const HttpRequest& request, const HttpSite& site);

// Nothing, or the answer to a page that may not use the API.
std::optional<HttpResponse> refuse_origin(const HttpRequest& request, const HttpSite& site);

// A header field's value, empty if it is not there.
std::string_view field_value(const HttpRequest& request, boost::beast::http::field field);

}  // namespace penstock
