#include "controlplane/janus/outbox.h"

#include <algorithm>
#include <utility>

#include "dataplane/base/scope_guard.h"

namespace penstock::janus {

void Outbox::answer(const Caller& caller, std::string text) {
  const bool has_channel = caller.channel.has_value();
  outgoing_.push_back({.kind = has_channel ? Outgoing::Kind::kMessage : Outgoing::Kind::kResponse,
                       .to = has_channel ? static_cast<std::uint64_t>(*caller.channel)
                                         : static_cast<std::uint64_t>(caller.exchange),
                       .text = std::move(text)});
}

void Outbox::respond(ExchangeId exchange, unsigned status) {
  outgoing_.push_back({.kind = Outgoing::Kind::kResponse,
                       .to = static_cast<std::uint64_t>(exchange),
                       .status = status});
}

void Outbox::tell(const Session& session, std::string event) {
  if (session.is_ending) return;
  outgoing_.push_back({.kind = Outgoing::Kind::kEvent, .to = session.id, .text = std::move(event)});
}

void Outbox::flush(const Session& session) { tell(session, {}); }

void Outbox::put_last(std::size_t size) {
  const auto first = outgoing_.begin() + static_cast<std::ptrdiff_t>(size);
  std::rotate(first, first + 1, outgoing_.end());
}

void Outbox::deliver(Timestamp now) {
  for (Outgoing& outgoing : outgoing_) {
    if (best_effort([&] { deliver(outgoing, now); })) continue;
    const Session* session =
        outgoing.kind == Outgoing::Kind::kEvent ? sessions_.find(outgoing.to) : nullptr;
    if (outgoing.kind == Outgoing::Kind::kMessage) {
      sender_.close(ChannelId{outgoing.to}, ChannelCloseReason::kInternalError);
    } else if (session != nullptr && session->owner == Session::Owner::kChannel) {
      sender_.close(session->channel, ChannelCloseReason::kInternalError);
    }
  }
  outgoing_.clear();
}

void Outbox::deliver(Outgoing& outgoing, Timestamp now) {
  if (outgoing.kind == Outgoing::Kind::kMessage) {
    return sender_.send(ChannelId{outgoing.to}, std::move(outgoing.text));
  }
  if (outgoing.kind == Outgoing::Kind::kResponse) {
    return sender_.reply(ExchangeId{outgoing.to},
                         {.status = outgoing.status, .body = std::move(outgoing.text)});
  }
  Session* session = sessions_.find(outgoing.to);
  if (session == nullptr) return;
  if (outgoing.text.empty()) return deliver_queued(*session, now);
  if (session->owner == Session::Owner::kChannel) {
    return sender_.send(session->channel, std::move(outgoing.text));
  }
  // Unless nobody has fetched for so long that the session is as good as dead.
  if (session->events.push(std::move(outgoing.text), now)) deliver_queued(*session, now);
}

void Outbox::deliver_queued(Session& session, Timestamp now) {
  if (session.owner == Session::Owner::kChannel) {
    for (; !session.events.empty(); session.events.pop()) {
      sender_.send(session.channel, session.events.front());
    }
  } else if (session.poll && !session.events.empty()) {
    polls_.answer(session);
    sessions_.touch(session, now);
  }
}

}  // namespace penstock::janus
