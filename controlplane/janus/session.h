// A session of the Janus API and the handles in it. Both lie in pools of the core, which owns the
// sessions; a session owns its handles. Control thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "controlplane/janus/pending_requests.h"
#include "controlplane/janus/videoroom/attachment.h"
#include "controlplane/signalling/message_channel.h"
#include "controlplane/signalling/unread_queue.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/base/time.h"
#include "dataplane/base/token_bucket.h"
#include "dataplane/pool/handle.h"

namespace penstock::janus {

struct Session;

// A plugin attached to a session. Its id is also the PeerId of its connection, which it owns.
struct SessionHandle {
  SessionHandle(HandleId id, Handle<Session> owner, std::string_view opaque)
      : session(owner), opaque_id(opaque), attachment{.handle = id} {}

  Handle<Session> session;
  std::string opaque_id;
  std::size_t trickled_candidates = 0;
  Attachment attachment;
  std::unique_ptr<PendingRequests> pending{};  // null: nothing waits
};

// A GET that waits for events.
struct LongPoll {
  ExchangeId exchange{};
  std::size_t events_max = 1;
  Timestamp deadline = 0;  // then it is answered with a keepalive
};

struct Session {
  // Who may use it: a WebSocket connection, or whoever knows the id over HTTP. kNobody: the
  // WebSocket is gone and the session waits to be claimed.
  enum class Owner : std::uint8_t { kChannel, kHttp, kNobody };

  Session(std::uint64_t session_id, std::optional<IpAddress> client_network,
          TokenBucket request_bucket, UnreadMemory& unread, UnreadQueue::Options events_options)
      : id(session_id),
        network(client_network),
        bucket(request_bucket),
        events(unread, std::move(events_options)) {}

  std::uint64_t id;
  std::optional<IpAddress> network;  // that it counts for (caller.h); absent: for none
  TokenBucket bucket;
  Owner owner = Owner::kHttp;
  ChannelId channel{};  // meaningful while owner is kChannel
  Timestamp last_activity = 0;
  Timestamp claim_deadline = kNever;  // meaningful while owner is kNobody
  UnreadQueue events;  // that wait for a long poll, or for a WebSocket that claims the session
  std::optional<LongPoll> poll;
  // Being destroyed, or to be at the end of this call or in the next turns: nothing is sent to it
  // any more.
  bool is_ending = false;
  Session* next_ending = nullptr;  // EndingSessions' own
  Timestamp armed_at = kNever;     // its entry in the core's timers
  std::map<HandleId, Handle<SessionHandle>> handles;
};

// Sessions that are over, in the order in which they became so, until they are ended. Needs no
// memory.
class EndingSessions {
 public:
  bool empty() const { return first_ == nullptr; }
  Session& front() const { return *first_; }
  void push_back(Session& session) {
    (first_ == nullptr ? first_ : last_->next_ending) = &session;
    last_ = &session;
  }
  void pop_front() { first_ = first_->next_ending; }

 private:
  Session* first_ = nullptr;
  Session* last_ = nullptr;  // meaningful while there is a first one
};

}  // namespace penstock::janus
