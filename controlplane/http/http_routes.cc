#include "controlplane/http/http_routes.h"

#include <span>

#include "controlplane/http/http_target.h"
#include "controlplane/signalling/limits.h"

namespace penstock {
namespace {

namespace http = boost::beast::http;

// The page needs its own scripts and styles, inline images, and connections to whatever server it
// is told to use; nothing else.
constexpr const char* kContentSecurityPolicy =
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src *; "
    "frame-ancestors 'none'; base-uri 'none'";

void add_cors(HttpResponse& response, const HttpRequest& request, const HttpSite& site) {
  if (site.origins.allows_any) {
    response.set("Access-Control-Allow-Origin", "*");
  } else {
    const std::string_view origin = field_value(request, http::field::origin);
    if (!origin.empty()) response.set("Access-Control-Allow-Origin", std::string(origin));
    response.set("Vary", "Origin");
  }
  response.set("Access-Control-Max-Age", std::to_string(kCorsMaxAgeSeconds));
  const std::string_view method = field_value(request, http::field::access_control_request_method);
  if (!method.empty()) response.set("Access-Control-Allow-Methods", std::string(method));
  const std::string_view headers =
      field_value(request, http::field::access_control_request_headers);
  if (!headers.empty()) response.set("Access-Control-Allow-Headers", std::string(headers));
}

HttpResponse method_not_allowed(const char* allow) {
  HttpResponse response = text_response(405, std::string("allowed here: ") + allow);
  response.set("Allow", allow);
  return response;
}

// ETags are compared weakly and may come as a list (RFC 9110 section 13.1.2).
bool has_etag(std::string_view if_none_match, std::string_view etag) {
  return if_none_match == "*" || if_none_match.find(etag) != std::string_view::npos;
}

HttpResponse file_response(const HttpRequest& request, const StaticFile& file) {
  HttpResponse response;
  response.set("ETag", std::string(file.etag));
  response.set("Cache-Control", "no-cache");
  response.set("X-Content-Type-Options", "nosniff");
  if (has_etag(field_value(request, http::field::if_none_match), file.etag)) {
    response.status = 304;
    return response;
  }
  response.set("Content-Type", std::string(file.content_type));
  response.set("Content-Security-Policy", kContentSecurityPolicy);
  response.set("Referrer-Policy", "no-referrer");
  response.static_body = file.content;
  return response;
}

HttpResponse page_config_response(const HttpSite& site) {
  HttpResponse response;
  response.set("Content-Type", "application/json");
  response.set("Cache-Control", "no-store");
  response.body = R"({"websocket_port":)" + std::to_string(site.websocket_port) + "}";
  return response;
}

HttpResponse generated_response(GeneratedPage page) {
  HttpResponse response;
  response.set("Content-Type", std::string(page.content_type));
  response.set("Cache-Control", "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.body = std::move(page.content);
  return response;
}

HttpResponse generated_response(const HttpRequest& request, std::string_view path,
                                const GeneratedPages& pages) {
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    return method_not_allowed("GET, HEAD");
  }
  auto page = pages(path);
  if (!page) return text_response(404, "there is nothing here");
  HttpResponse response = generated_response(*std::move(page));
  response.omit_body = request.method() == http::verb::head;
  return response;
}

HttpApiRequest::Method api_method(http::verb verb) {
  using Method = HttpApiRequest::Method;
  switch (verb) {
    case http::verb::get:
      return Method::kGet;
    case http::verb::head:
      return Method::kHead;
    case http::verb::post:
      return Method::kPost;
    case http::verb::patch:
      return Method::kPatch;
    case http::verb::delete_:
      return Method::kDelete;
    case http::verb::options:
      return Method::kOptions;
    default:
      return Method::kOther;
  }
}

std::optional<HttpApi> api_of(const HttpTarget& target, const HttpSite& site) {
  constexpr HttpApi kApis[] = {HttpApi::kJanus, HttpApi::kWhip, HttpApi::kWhep};
  constexpr HttpApi kAdminApis[] = {HttpApi::kAdmin};
  const std::span<const HttpApi> apis = site.has_admin_api ? std::span<const HttpApi>(kAdminApis)
                                        : site.generated   ? std::span<const HttpApi>()
                                                           : std::span<const HttpApi>(kApis);
  for (const HttpApi api : apis) {
    if (!target.segments.empty() && target.segments.front() == http_api_name(api)) return api;
  }
  return std::nullopt;
}

// A browser asks whether a page may make the request that is meant (Fetch standard).
bool is_preflight(const HttpRequest& request) {
  return request.method() == http::verb::options &&
         !field_value(request, http::field::origin).empty() &&
         !field_value(request, http::field::access_control_request_method).empty();
}

HttpResponse page_response(const HttpRequest& request, std::string_view path,
                           const HttpSite& site) {
  const bool is_config = path == "/config.json";
  const StaticFile* file = find_static_file(site.files, path);
  if (file == nullptr && !is_config) return text_response(404, "there is nothing here");
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    return method_not_allowed("GET, HEAD");
  }
  HttpResponse response = is_config ? page_config_response(site) : file_response(request, *file);
  response.omit_body = request.method() == http::verb::head;
  return response;
}

}  // namespace

std::string_view field_value(const HttpRequest& request, http::field field) {
  const auto value = request[field];
  return {value.data(), value.size()};
}

std::optional<HttpResponse> refuse_origin(const HttpRequest& request, const HttpSite& site) {
  if (site.origins.allows(field_value(request, http::field::origin),
                          field_value(request, http::field::host))) {
    return std::nullopt;
  }
  return text_response(403,
                       "pages of this origin are not allowed here (signalling.allowed_origins)");
}

HttpResponse api_response(HttpApiResponse from, const HttpRequest& request, const HttpSite& site) {
  HttpResponse response;
  response.status = from.status;
  response.body = std::move(from.body);
  response.omit_body = request.method() == http::verb::head;
  if (!from.content_type.empty()) response.set("Content-Type", std::string(from.content_type));
  response.set("Cache-Control", "no-store");
  std::string exposed;
  for (auto& [name, value] : from.headers) {
    // Those that stand there several times come together.
    if (!exposed.ends_with(name)) exposed.append(exposed.empty() ? "" : ", ").append(name);
    response.set(name, std::move(value));
  }
  if (!exposed.empty()) response.set("Access-Control-Expose-Headers", std::move(exposed));
  add_cors(response, request, site);
  return response;
}

std::variant<HttpResponse, HttpApiCall> route_http_request(const HttpRequest& request,
                                                           const HttpSite& site) {
  auto target = parse_http_target({request.target().data(), request.target().size()});
  if (!target) return text_response(target.error().status, target.error().reason);
  const auto api = api_of(*target, site);
  if (!api && site.generated) return generated_response(request, target->path, site.generated);
  if (!api) return page_response(request, target->path, site);
  if (auto refusal = refuse_origin(request, site)) return *std::move(refusal);
  if (target->segments.size() > 1 + kHttpPathSegmentsMax)
    return api_response({404, {}}, request, site);
  if (is_preflight(request)) return api_response({200, {}}, request, site);
  HttpApiCall call;
  call.api = *api;
  call.method = api_method(request.method());
  for (const auto& field : request) {
    call.headers.push_back({{field.name_string().data(), field.name_string().size()},
                            {field.value().data(), field.value().size()}});
  }
  call.segments.assign(std::make_move_iterator(target->segments.begin() + 1),
                       std::make_move_iterator(target->segments.end()));
  call.query = std::move(target->query);
  return call;
}

}  // namespace penstock
