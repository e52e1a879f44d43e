// What players hear of what they are shown, and what they choose of it. Events are a stream
// (text/event-stream) in parts: a GET is answered as soon as there is something that the client has
// not heard, by its Last-Event-ID, and the client asks again, as browsers do by themselves. What is
// said is how things are, so that nothing has to be kept for who asks late.
#include <algorithm>
#include <chrono>
#include <utility>

#include "controlplane/signalling/limits.h"
#include "controlplane/whip/layer_choice.h"
#include "controlplane/whip/responses.h"
#include "controlplane/whip/service.h"
#include "controlplane/whip/service_scope.h"
#include "dataplane/base/ascii.h"
#include "dataplane/base/scope_guard.h"

namespace penstock::whip {
namespace {

using Method = HttpApiRequest::Method;

constexpr std::size_t kTimeoutsPerTurn = 64;
constexpr Duration kPollHold = std::chrono::nanoseconds(kLongPollHold).count();
// How soon to ask again.
constexpr std::string_view kRetry = "retry: 200\n\n";
constexpr std::string_view kReconnect = "event: reconnect\ndata: {}\n\n";

std::string event(std::uint64_t id, std::string_view name, std::string_view data) {
  std::string text = "id: " + std::to_string(id) + "\nevent: ";
  return text.append(name).append("\ndata: ").append(data).append("\n\n");
}

}  // namespace

std::optional<HttpApiResponse> Service::respond_of_events(const Call& call) {
  Session& session = *call.session;
  switch (call.request.method) {
    case Method::kPost: {  // a client that chooses events: it gets those that there are
      HttpApiResponse response = plain(201);
      response.headers.emplace_back("Location", path_of(session) + "/events");
      return response;
    }
    case Method::kDelete:
      answer_poll(session, {});
      return plain(200);
    case Method::kOptions:
      return plain(200);
    case Method::kGet:
      break;
    default:
      return not_allowed("GET, POST, DELETE, OPTIONS");
  }
  answer_poll(session, {});  // one at a time
  const auto heard = parse_number<std::uint64_t>(call.request.header("last-event-id"));
  if (heard != session.version) {
    HttpApiResponse response = plain(200);
    response.body = std::string(kRetry) + events_of(session);
    response.content_type = kEventStreamType;
    return response;
  }
  polls_.emplace(call.exchange, session.peer);
  session.poll = {call.exchange, now_ + kPollHold};
  arm(session);
  return std::nullopt;
}

std::string Service::events_of(const Session& session) const {
  std::string text = event(session.version, session.is_active ? "active" : "inactive", "{}");
  const std::string layers = layers_json(rooms_.played(session.peer), session.mids);
  if (layers != "{}") text += event(session.version, "layers", layers);
  return text;
}

// The stream goes on with these, or with nothing but the wish to be asked again. Needs no memory:
// what cannot be said is asked for again.
void Service::answer_poll(Session& session, std::string_view events) {
  const auto poll = std::exchange(session.poll, std::nullopt);
  if (!poll) return;
  polls_.erase(poll->exchange);
  best_effort([&] {
    HttpApiResponse response = plain(200);
    response.body = std::string(kRetry).append(events);
    response.content_type = kEventStreamType;
    sender_.reply(poll->exchange, std::move(response));
  });
}

void Service::on_http_cancelled(ExchangeId exchange, Timestamp now) {
  const Scope scope(*this, now);
  const auto poll = polls_.find(exchange);
  if (poll == polls_.end()) return;
  Session* session = sessions_.find_peer(poll->second);
  polls_.erase(poll);
  session->poll.reset();
  arm(*session);
}

HttpApiResponse Service::respond_of_layer(const Call& call) {
  if (call.request.method == Method::kOptions) return plain(200);
  if (call.request.method != Method::kPost) return not_allowed("POST, OPTIONS");
  if (!is_type(call.request.header("content-type"), kJsonType))
    return problem(415, "Content-Type: application/json is expected");
  if (call.request.body.size() > kWhipBodyBytesMax) return problem(413, "the body is too large");
  return choose_layer(call);
}

HttpApiResponse Service::choose_layer(const Call& call) {
  Session& session = *call.session;
  const auto choice = read_layer_choice(call.request.body);
  if (!choice) return problem(choice.error());
  const auto played = rooms_.played(session.peer);
  auto choices = session.choices;
  bool is_found = false;
  for (std::size_t i = 0; i < played.size() && i < session.mids.size(); ++i) {
    const bool is_meant = choice->media_id.empty() ? played[i].kind == MediaKind::kVideo
                                                   : session.mids[i] == choice->media_id;
    if (!is_meant || session.mids[i].empty()) continue;
    if (choices.size() <= i) choices.resize(i + 1);
    choices[i] = *choice;
    is_found = true;
  }
  session.choices = std::move(choices);
  apply_choices(session, played);
  return is_found ? plain(200) : problem(404, "no m-line with this mid is played");
}

// How much of it a picture's size lets through depends on what comes.
void Service::apply_choices(const Session& session, std::span<const room::PlayedStream> played) {
  for (std::size_t i = 0; i < played.size() && i < session.choices.size(); ++i) {
    const auto& choice = session.choices[i];
    if (choice) rooms_.limit_layers(session.peer, i, choice->targets_for(played[i].layers), now_);
  }
}

void Service::on_guest_gone(PeerId guest, Timestamp now) {
  const Scope scope(*this, now);
  Session* session = sessions_.find_peer(guest);
  if (session == nullptr) return;
  answer_poll(*session, kReconnect);
  sessions_.retire(*session, now);
}

void Service::on_guest_changed(PeerId guest, Timestamp now) {
  const Scope scope(*this, now);
  if (Session* session = sessions_.find_peer(guest)) best_effort([&] { look_at(*session); });
}

// What the player is shown may be something else.
void Service::look_at(Session& session) {
  if (session.answers_until) return;
  const auto played = rooms_.played(session.peer);
  const auto is_absent = [](const room::PlayedStream& line) {
    return line.is_shown && !line.is_active;
  };
  apply_choices(session, played);
  session.is_active = std::ranges::any_of(played, &room::PlayedStream::is_active);
  ++session.version;
  if (std::ranges::none_of(played, is_absent)) {
    session.absent_since.reset();
    session.resume_at = kNever;
  } else if (!session.absent_since) {
    session.absent_since = now_;
    session.resume_at = now_ + config_.resume_interval;
  }
  if (session.poll) answer_poll(session, events_of(session));
  arm(session);
}

// Whoever publishes now takes the place of who did. A session for which that does not do, or for
// which nobody comes, ends: its client makes another.
void Service::resume(Session& session) {
  const auto resumed = rooms_.resume(session.peer, session.feed, now_);
  if (resumed) {
    ++stats_.resumed;
    session.absent_since.reset();
    session.resume_at = kNever;
    return look_at(session);
  }
  const bool waits = resumed.error().why == room::GuestRefusal::kNoPublisher;
  const bool is_late = !session.is_active && session.absent_since &&
                       now_ >= *session.absent_since + config_.absence_max;
  if (!waits || is_late) {
    answer_poll(session, kReconnect);
    return end(session);
  }
  session.resume_at = now_ + config_.resume_interval;
}

// The earliest of what the session waits for.
void Service::arm(const Session& session) {
  Timestamp at = session.resume_at;
  if (session.answers_until) at = std::min(at, *session.answers_until);
  if (session.poll) at = std::min(at, session.poll->deadline);
  sessions_.set_timer(session, at);
}

void Service::handle_timeout(Timestamp now) {
  const Scope scope(*this, now);
  for (std::size_t left = kTimeoutsPerTurn; left > 0; --left) {
    Session* due = sessions_.take_due(now);
    if (due == nullptr) return;
    if (due->answers_until && now >= *due->answers_until) {
      end(*due);
      continue;
    }
    if (now >= due->resume_at) {
      due->resume_at = now + config_.resume_interval;  // should there be no memory for it
      best_effort([&] { resume(*due); });
    }
    if (due->poll && now >= due->poll->deadline) answer_poll(*due, {});
    arm(*due);
  }
}

}  // namespace penstock::whip
