#include "controlplane/whip/service.h"

#include <utility>

#include "controlplane/signalling/limits.h"
#include "controlplane/whip/responses.h"
#include "controlplane/whip/service_scope.h"
#include "dataplane/base/ascii.h"
#include "dataplane/base/constant_time.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::whip {
namespace {

using Method = HttpApiRequest::Method;

constexpr std::string_view kSessionSegment = "session";
constexpr const char* kEndpointMethods = "POST, GET, HEAD, OPTIONS";
constexpr const char* kSessionMethods = "PATCH, DELETE, GET, HEAD, OPTIONS";

HttpApiResponse options(std::string allow, std::string_view accept_name, std::string_view accepts) {
  HttpApiResponse response = plain(200);
  response.headers.emplace_back("Allow", std::move(allow));
  response.headers.emplace_back(accept_name, std::string(accepts));
  return response;
}

}  // namespace

Service::Service(Config config, SignallingSender& sender, room::GuestRooms& rooms, Media& media,
                 SecureRandom& random)
    : config_(std::move(config)),
      sender_(sender),
      rooms_(rooms),
      media_(media),
      random_(random),
      sessions_(config_.sessions) {
  rooms_.set_guest_events(*this);
}

Service::~Service() { close_all(now_); }

void Service::on_http_request(ExchangeId exchange, const HttpApiRequest& request, Timestamp now) {
  const Scope scope(*this, now);
  Call call{.exchange = exchange, .request = request};
  const bool is_done = best_effort([&] {
    if (auto response = respond(call)) reply(exchange, *std::move(response));
  });
  if (is_done) return;
  // What its client cannot be told of is not there.
  if (call.is_new) end(*call.session);
  best_effort([&] { sender_.reply(exchange, busy(503, "out of memory", 1)); });
}

void Service::reply(ExchangeId exchange, HttpApiResponse response) {
  if (response.status >= 400 && response.status != 406) ++stats_.refused;
  sender_.reply(exchange, std::move(response));
}

// Nothing: it is answered later.
std::optional<HttpApiResponse> Service::respond(Call& call) {
  const auto segments = call.request.segments;
  if (segments.size() == 1 || segments.size() == 2) return respond_of_endpoint(call);
  if (segments.size() < 3 || segments[1] != kSessionSegment)
    return problem(404, "there is nothing here");
  return respond_of_session(call);
}

std::optional<HttpApiResponse> Service::respond_of_endpoint(Call& call) {
  const auto room = id_from(call.request.segments.front());
  switch (call.request.method) {
    case Method::kPost:
      return post(call);
    case Method::kOptions:
      return options(kEndpointMethods, "Accept-Post", kSdpType);
    case Method::kGet:
    case Method::kHead: {
      if (!room || !rooms_.has_room(*room)) return problem(404, "no such room");
      HttpApiResponse response = plain(204);
      // That it can be played, says WHEP by the type of what would be played.
      if (call.request.api == HttpApi::kWhep && call.request.method == Method::kHead) {
        response.status = 200;
        response.content_type = kSdpType;
      }
      return response;
    }
    default:
      return not_allowed(kEndpointMethods);
  }
}

// Whoever knows its URL has a session; if a token was needed for it, it is asked for again where
// something is changed.
std::optional<HttpApiResponse> Service::respond_of_session(Call& call) {
  const HttpApiRequest& request = call.request;
  Session* session = sessions_.find(request.segments[2]);
  const auto room = id_from(request.segments[0]);
  if (session == nullptr || session->api != request.api || room != session->room)
    return problem(404, "there is no such session, or it has ended");
  call.session = session;
  const bool changes = request.method == Method::kPatch || request.method == Method::kDelete ||
                       request.method == Method::kPost;
  if (changes &&
      !equals_in_constant_time(bearer_token(request.header("authorization")), session->token)) {
    return refusal({room::GuestRefusal::kUnauthorized, "not the token that made this session"});
  }
  if (request.segments.size() == 4) {
    const std::string& what = request.segments[3];
    if (request.api == HttpApi::kWhep && what == "events") return respond_of_events(call);
    if (request.api == HttpApi::kWhep && what == "layer") return respond_of_layer(call);
    return problem(404, "there is nothing here");
  }
  switch (request.method) {
    case Method::kPatch:
      return patch(call);
    case Method::kDelete:
      end(*session);
      return plain(200);
    case Method::kOptions:
      return options(kSessionMethods, "Accept-Patch", kFragmentType);
    case Method::kGet:
    case Method::kHead:
      return plain(204);
    default:
      return not_allowed(kSessionMethods);
  }
}

std::optional<room::Id> Service::id_from(const std::string& segment) const {
  if (config_.has_string_ids) {
    if (segment.empty() || segment.size() > kRoomTextBytesMax) return std::nullopt;
    return room::Id(segment);
  }
  const auto number = parse_number<std::uint64_t>(segment);
  return number && *number > 0 ? std::optional(room::Id(*number)) : std::nullopt;
}

Counts Service::counts() const {
  return {.sessions = sessions_.size(),
          .timers = sessions_.timers(),
          .client_networks = sessions_.networks(),
          .polls = polls_.size()};
}

void Service::walk_ownership(OwnershipWalk& walk) const {
  sessions_.walk_ownership(walk, [&](PeerId peer) { media_.walk_peer(walk, peer); });
}

}  // namespace penstock::whip
