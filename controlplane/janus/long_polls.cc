#include "controlplane/janus/long_polls.h"

#include <string>

#include "dataplane/base/scope_guard.h"

namespace penstock::janus {
namespace {

// An object if one event is wanted, an array if more are. With nothing queued it is the keepalive,
// in the same form.
std::string take_poll_body(UnreadQueue& queue, std::size_t events_max) {
  constexpr const char* kKeepalive = R"({"janus":"keepalive"})";
  std::string body = queue.empty() ? kKeepalive : "";
  for (std::size_t i = 0; i < events_max && !queue.empty(); ++i) {
    if (i > 0) body += ',';
    body += queue.front();
    queue.pop();
  }
  return events_max > 1 ? '[' + body + ']' : body;
}

}  // namespace

void LongPolls::begin(Session& session, const LongPoll& poll) {
  sessions_.emplace(poll.exchange, session.id);
  if (session.poll) answer(session);
  session.poll = poll;
}

void LongPolls::answer(Session& session) {
  const LongPoll poll = *session.poll;
  session.poll.reset();
  sessions_.erase(poll.exchange);
  const bool is_answered = best_effort([&] {
    sender_.reply(poll.exchange,
                  {.status = 200, .body = take_poll_body(session.events, poll.events_max)});
  });
  if (!is_answered) {
    best_effort([&] { sender_.reply(poll.exchange, {.status = 503, .body = {}}); });
  }
}

std::optional<std::uint64_t> LongPolls::cancel(ExchangeId exchange) {
  const auto found = sessions_.find(exchange);
  if (found == sessions_.end()) return std::nullopt;
  const std::uint64_t session = found->second;
  sessions_.erase(found);
  return session;
}

}  // namespace penstock::janus
