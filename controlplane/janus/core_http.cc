// The HTTP side of the core: paths, long polls.
#include <algorithm>
#include <charconv>

#include "controlplane/janus/core.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::janus {
namespace {

// An id in a path: digits of a number from 1 to 2^63 - 1.
std::optional<std::uint64_t> id_from(std::string_view text) {
  const auto id = parse_number<std::uint64_t>(text);
  return id && *id > 0 && *id <= INT64_MAX ? id : std::nullopt;
}

// How many events a poll wants: 1 unless it says more. Numbers that make no sense count as 1.
std::size_t events_max_from(std::string_view text) {
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc::result_out_of_range) return kLongPollEventsMax;
  if (error != std::errc{} || end != text.data() + text.size()) return 1;
  return std::clamp<std::size_t>(count, 1, kLongPollEventsMax);
}

}  // namespace

void Core::get(Caller caller, const HttpApiRequest& request) {
  const auto segments = request.segments;
  if (segments.size() == 1 && (segments[0] == "info" || segments[0] == "ping")) {
    ObjectText reply = segments[0] == "ping" ? ObjectText{{"janus", "pong"}}
                                             : server_info(config_, !table_.is_full());
    reply.add("transaction", std::to_string(new_id()));
    return answer(caller, std::move(reply));
  }
  const auto session_id = segments.size() == 1 ? id_from(segments[0]) : std::nullopt;
  if (!session_id) return outbox_.respond(caller.exchange, 404);
  recognize(caller, request.query_value("apisecret"), request.query_value("token"));
  if (!check_authorized(caller)) return outbox_.respond(caller.exchange, 403);
  poll(caller, *session_id, request);
}

void Core::post(const Caller& caller, const HttpApiRequest& request) {
  const auto segments = request.segments;
  const auto refuse = [&](unsigned status) { outbox_.respond(caller.exchange, status); };
  if (segments.size() == 1 && (segments[0] == "info" || segments[0] == "ping")) return refuse(400);
  if (segments.size() > 2) return refuse(404);
  std::pair<std::uint64_t, std::uint64_t> path{0, 0};
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto id = id_from(segments[i]);
    if (!id) return refuse(404);
    (i == 0 ? path.first : path.second) = *id;
  }
  JsonReader reader(request.body);
  const auto value = reader.next();
  const bool has_more = value && *value && reader.next();
  if (!*value || has_more) {
    const json::object nothing;
    const Call call{.caller = caller, .root = nothing, .session_id = path.first};
    return answer_error(call, {static_cast<int>(CoreError::kInvalidJson),
                               has_more ? "JSON error: more than one value" : value->error()});
  }
  process(caller, **value, path);
}

void Core::answer_method(ExchangeId exchange, HttpApiRequest::Method method) {
  const bool is_question = method == HttpApiRequest::Method::kOptions;
  sender_.reply(exchange, {.status = is_question ? 200U : 405U,
                           .body = {},
                           .headers = {{"Allow", "GET, POST, OPTIONS"}}});
}

void Core::poll(const Caller& caller, std::uint64_t session_id, const HttpApiRequest& request) {
  const ExchangeId exchange = caller.exchange;
  Session* session = table_.find(session_id);
  if (session == nullptr || session->owner != Session::Owner::kHttp || session->is_ending) {
    return outbox_.respond(exchange, 404);
  }
  polls_.begin(*session, {.exchange = exchange,
                          .events_max = events_max_from(request.query_value("maxev")),
                          .deadline = now_ + std::chrono::nanoseconds(kLongPollHold).count()});
  if (!session->events.empty()) polls_.answer(*session);
  touch(*session);
}

void Core::on_http_cancelled(ExchangeId exchange, Timestamp now) {
  now_ = now;
  const auto cancelled = polls_.cancel(exchange);
  if (!cancelled) return;
  Session& session = *table_.find(*cancelled);
  session.poll.reset();
  touch(session);
}

}  // namespace penstock::janus
