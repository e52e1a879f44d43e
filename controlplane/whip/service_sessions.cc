// How sessions begin and end.
#include <array>
#include <utility>

#include "controlplane/signalling/client_prefix.h"
#include "controlplane/signalling/limits.h"
#include "controlplane/whip/responses.h"
#include "controlplane/whip/service.h"
#include "controlplane/whip/service_scope.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::whip {
namespace {

constexpr std::size_t kSecretBytes = 16;  // 128 bits: nobody guesses the URL of a session
constexpr std::size_t kTagBytes = 8;
constexpr unsigned kRetryS = 5;

constexpr std::string_view kEventsExtension = "urn:ietf:params:whep:ext:core:server-sent-events";
constexpr std::string_view kLayerExtension = "urn:ietf:params:whep:ext:core:layer";

std::string link_to(const std::string& url, std::string_view relation) {
  return "<" + url + ">; rel=\"" + std::string(relation) + "\"";
}

}  // namespace

HttpApiResponse Service::post(Call& call) {
  const HttpApiRequest& request = call.request;
  const auto room = id_from(request.segments.front());
  if (!room || (request.segments.size() == 2 && !id_from(request.segments[1])))
    return problem(404, "no such room");
  const std::string_view token = bearer_token(request.header("authorization"));
  const auto role =
      request.api == HttpApi::kWhip ? room::GuestRole::kPublisher : room::GuestRole::kPlayer;
  const auto pass = rooms_.admit(*room, token.empty() ? std::nullopt : std::optional(token), role);
  if (!pass) return refusal(pass.error());
  if (pass->has_secret) sender_.exempt(call.exchange);
  if (!is_type(request.header("content-type"), kSdpType)) {
    HttpApiResponse response = problem(415, "Content-Type: application/sdp is expected");
    response.headers.emplace_back("Accept-Post", std::string(kSdpType));
    return response;
  }
  if (request.body.size() > kWhipBodyBytesMax) return problem(413, "the offer is too large");
  OfferFacts facts;
  // A player without an offer wants one.
  if (request.api == HttpApi::kWhip || !request.body.empty()) {
    auto read = read_offer(request.body, request.api);
    if (!read) return problem(read.error());
    facts = *std::move(read);
  }
  const auto made = make_session(call, pass->has_secret);
  if (!made) return made.error();
  Session& session = **made;
  ScopeGuard undo([&] { sessions_.retire(session, now_); });
  session.room = *room;
  session.token = token;
  HttpApiResponse response = begin(call, session, std::move(facts));
  if (response.status != 201 && response.status != 406) return response;
  undo.dismiss();
  call.session = &session;
  call.is_new = true;
  return response;
}

std::expected<Session*, HttpApiResponse> Service::make_session(const Call& call, bool has_secret) {
  const ClientInfo& client = call.request.client;
  std::optional<IpAddress> network;
  if (client.is_limited_by_address && !has_secret) network = client_prefix(client.address.ip);
  if (network && sessions_.count_of(*network) >= config_.sessions_per_address_max) {
    return std::unexpected(busy(
        429, "too many sessions from this address: signalling.sessions_per_address_max", kRetryS));
  }
  Session* session =
      sessions_.add(random_text(kSecretBytes), rooms_.new_guest_id(), call.request.api, network);
  if (session == nullptr)
    return std::unexpected(busy(503, "all sessions are in use: limits.participants", kRetryS));
  session->etag = random_text(kTagBytes);
  return session;
}

// Nothing can fail once the guest is in the room: the response is written before.
HttpApiResponse Service::begin(const Call& call, Session& session, OfferFacts facts) {
  const HttpApiRequest& request = call.request;
  if (request.segments.size() == 2) session.feed = id_from(request.segments[1]);
  session.remote = std::move(facts);
  HttpApiResponse response = plain(201);
  if (request.api == HttpApi::kWhip) {
    const auto published = publish(call, session, response);
    if (!published) return refusal(published.error());
    ++stats_.published;
    return response;
  }
  const bool has_offer = !session.remote.ice_ufrag.empty();
  const auto played = has_offer ? play(call, session, response) : offer_to(call, session, response);
  if (played) {
    ++stats_.played;
    return response;
  }
  if (!has_offer || played.error().why != room::GuestRefusal::kNotAcceptable)
    return refusal(played.error());
  // Its codecs are not ours: it is offered what there is.
  response = plain(201);
  const auto offered = offer_to(call, session, response);
  if (!offered) return refusal(offered.error());
  ++stats_.played;
  return response;
}

std::expected<void, room::GuestError> Service::publish(const Call& call, Session& session,
                                                       HttpApiResponse& response) {
  const room::GuestPublish wanted{
      .room = session.room, .id = session.feed, .offer_sdp = call.request.body};
  return rooms_.publish(session.peer, wanted, now_, [&](std::string& answer) {
    response.body = std::move(answer);
    describe(session, response);
  });
}

std::expected<void, room::GuestError> Service::play(const Call& call, Session& session,
                                                    HttpApiResponse& response) {
  const room::GuestPlay wanted{
      .room = session.room, .feed = session.feed, .offer_sdp = call.request.body};
  return rooms_.play(session.peer, wanted, now_, [&](SubscribeResult& result) {
    session.mids = std::move(result.mids);
    response.body = std::move(result.answer_sdp);
    describe(session, response);
  });
}

std::expected<void, room::GuestError> Service::offer_to(const Call&, Session& session,
                                                        HttpApiResponse& response) {
  const room::GuestPlay wanted{.room = session.room, .feed = session.feed, .offer_sdp = {}};
  const auto offered = rooms_.offer_to(session.peer, wanted, now_, [&](std::string& offer) {
    response.status = 406;
    response.body = std::move(offer);
    describe(session, response);
  });
  if (!offered) return offered;
  ++stats_.counter_offers;
  session.answers_until = now_ + config_.answer_timeout;
  arm(session);
  return {};
}

// The header fields of a new session.
void Service::describe(const Session& session, HttpApiResponse& response) const {
  const std::string path = path_of(session);
  response.content_type = kSdpType;
  auto& headers = response.headers;
  headers.emplace_back("Location", path);
  headers.emplace_back("ETag", '"' + session.etag + '"');
  headers.emplace_back("Accept-Patch", std::string(kFragmentType));
  for (const std::string& link : config_.ice_links) headers.emplace_back("Link", link);
  if (session.api != HttpApi::kWhep) return;
  headers.emplace_back("Link", link_to(path + "/events", kEventsExtension) +
                                   "; events=\"active,inactive,layers,reconnect\"");
  headers.emplace_back("Link", link_to(path + "/layer", kLayerExtension));
}

std::string Service::path_of(const Session& session) {
  return "/" + std::string(http_api_name(session.api)) + "/" +
         percent_encoded(session.room.to_string()) + "/session/" + session.id;
}

// The one end of a session by itself or by its client.
void Service::end(Session& session) {
  answer_poll(session, {});
  rooms_.leave(session.peer, now_);
  sessions_.retire(session, now_);
}

void Service::close_all(Timestamp now) {
  const Scope scope(*this, now);
  while (Session* session = sessions_.first()) end(*session);
}

std::string Service::random_text(std::size_t bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<std::uint8_t, kSecretBytes> random{};
  random_.fill(std::span(random).first(bytes));
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += {kHex[random[i] >> 4], kHex[random[i] & 0x0F]};
  return text;
}

}  // namespace penstock::whip
