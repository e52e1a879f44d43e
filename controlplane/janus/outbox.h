// What is said in a call of the core, to whoever asks and to whoever is to hear of it. It goes out
// when the call is over; until then it can be taken back, so that a request that fails has told
// nobody anything. Owned by the core; control thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "controlplane/janus/caller.h"
#include "controlplane/janus/long_polls.h"
#include "controlplane/janus/session_table.h"
#include "controlplane/signalling/message_channel.h"

namespace penstock::janus {

class Outbox {
 public:
  // All of them outlive it.
  Outbox(SignallingSender& sender, SessionTable& sessions, LongPolls& polls)
      : sender_(sender), sessions_(sessions), polls_(polls) {}
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // --- These take memory ------------------------------------------------------------------------
  // To who has asked.
  void answer(const Caller& caller, std::string text);
  // To who has asked over HTTP: a status alone.
  void respond(ExchangeId exchange, unsigned status);
  // To who owns the session, unless it ends.
  void tell(const Session& session, std::string event);
  // Likewise: what waits in the session's queue.
  void flush(const Session& session);

  std::size_t size() const { return outgoing_.size(); }
  // All that was said since it had this size.
  void take_back(std::size_t size) { outgoing_.resize(size); }
  // What was said when it had this size is said last.
  void put_last(std::size_t size);

  // Cannot fail. What cannot be said for lack of memory is lost, and a connection that misses a
  // message is closed: its client could not know.
  void deliver(Timestamp now);

 private:
  struct Outgoing {
    enum class Kind : std::uint8_t { kMessage, kResponse, kEvent };
    Kind kind{};
    std::uint64_t to = 0;  // a ChannelId, an ExchangeId, a session
    unsigned status = 200;
    std::string text{};  // of an event: empty sends what waits in the session's queue
  };

  void deliver(Outgoing& outgoing, Timestamp now);
  void deliver_queued(Session& session, Timestamp now);

  SignallingSender& sender_;
  SessionTable& sessions_;
  LongPolls& polls_;
  std::vector<Outgoing> outgoing_;
};

}  // namespace penstock::janus
