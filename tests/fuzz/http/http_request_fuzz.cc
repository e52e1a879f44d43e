// Reading a request must not depend on how its bytes arrive, and what is answered must be one
// well-formed response whatever the request holds.
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "controlplane/http/http_request_reader.h"
#include "controlplane/http/http_response.h"
#include "controlplane/http/http_routes.h"
#include "dataplane/base/check.h"

namespace penstock {
namespace {

using State = HttpRequestReader::State;

constexpr std::size_t kBodyBytesMax = 256 * 1024;

constexpr StaticFile kFiles[] = {{"/index.html", "text/html", "\"1\"", "x"}};

void check_response(const HttpResponse& response) {
  PENSTOCK_CHECK(response.status >= 200 && response.status < 600);
  const std::string head = serialize_head(response, 0);
  PENSTOCK_CHECK(head.find("\r\n\r\n") == head.size() - 4);
  for (std::size_t i = 0; i < head.size(); ++i) {
    PENSTOCK_CHECK(head[i] != '\n' || head[i - 1] == '\r');
  }
}

void check_request(const HttpRequest& request) {
  const HttpSite any{.files = kFiles, .origins = {.allows_any = true}, .websocket_port = 1};
  const HttpSite own{.files = kFiles, .websocket_port = 1};
  const HttpSite strict{.files = kFiles, .origins = {.allowed = {"http://a"}}, .websocket_port = 1};
  for (const HttpSite& site : {any, own, strict}) {
    const auto route = route_http_request(request, site);
    if (const auto* response = std::get_if<HttpResponse>(&route)) check_response(*response);
    check_response(api_response({200, "{}"}, request, site));
    check_response(api_response({.status = 201,
                                 .body = "v=0",
                                 .content_type = "application/sdp",
                                 .headers = {{"ETag", "1"}}},
                                request, site));
  }
}

}  // namespace
}  // namespace penstock

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock;
  if (size > 4'096) return 0;
  std::string whole(reinterpret_cast<const char*>(data), size);
  HttpRequestReader at_once(kBodyBytesMax);
  at_once.advance(whole);

  HttpRequestReader bytewise(kBodyBytesMax);
  std::string received;
  std::size_t used = 0;
  while (used < size && (bytewise.state() == State::kHead || bytewise.state() == State::kBody)) {
    received += static_cast<char>(data[used++]);
    bytewise.advance(received);
  }
  PENSTOCK_CHECK((at_once.state() == State::kComplete) == (bytewise.state() == State::kComplete));
  PENSTOCK_CHECK((at_once.state() == State::kRefused) == (bytewise.state() == State::kRefused));
  if (at_once.state() != State::kComplete) return 0;
  // The same request, and the same place where the next one begins.
  PENSTOCK_CHECK(at_once.request().body() == bytewise.request().body());
  PENSTOCK_CHECK(at_once.request().target() == bytewise.request().target());
  PENSTOCK_CHECK(whole.size() == size - used + received.size());
  check_request(at_once.request());
  return 0;
}
