// HTTP requests that wait for events of a session (GET /janus/SESSION), one of each session at
// most. Each is answered once: with events, with a keepalive, or when the session ends. Owned by
// the core; control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "controlplane/janus/session.h"
#include "controlplane/signalling/message_channel.h"

namespace penstock::janus {

class LongPolls {
 public:
  explicit LongPolls(SignallingSender& sender) : sender_(sender) {}
  LongPolls(const LongPolls&) = delete;
  LongPolls& operator=(const LongPolls&) = delete;

  // It is the session's from now on; the one before, if there is one, is answered. Takes memory;
  // without it nothing has changed.
  void begin(Session& session, const LongPoll& poll);
  // The session's, which has one, is answered: with what is queued, or a keepalive.
  void answer(Session& session);
  // The client is gone. The session whose poll it was; nothing: it was none.
  std::optional<std::uint64_t> cancel(ExchangeId exchange);

  std::size_t size() const { return sessions_.size(); }

 private:
  SignallingSender& sender_;
  std::unordered_map<ExchangeId, std::uint64_t> sessions_;
};

}  // namespace penstock::janus
