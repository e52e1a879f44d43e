// The Janus API: sessions, handles and the VideoRoom plugin, between the listeners on one side and
// media on the other. No sockets, clocks or threads: every call brings the time, and all timers are
// one deadline (next_timeout).
//
// Its parts: who there is (session_table.h), what is to be said (outbox.h), who waits for events
// (long_polls.h) and whose requests wait (waiting_requests.h). Here is what orders them: which
// request does what, when, and who may.
//
// Ownership is a tree: core > session > handle > its connection; core > VideoRoom > room >
// publishers, subscribers. Guests of other APIs (room/guests.h) are in rooms as handles are; they,
// with their connections, are owned by their own API. A handle's id is the PeerId of its
// connection. Sessions and handles lie in pools of fixed size; one that ends cannot be found from
// then on and is freed when the call that ended it is over. A session with many handles ends in
// several turns. Owned by the server, all calls on the control thread; the sender, media and the
// random source outlive it.
//
// A request for which there is not enough memory changes nothing and is answered with an error.
// Endings (a connection closes, a session times out, a peer is gone) need no memory; what they
// would tell others may be lost.
//
// A session belongs to the WebSocket connection that created it: for any other one it does not
// exist. Over HTTP, knowing its id (53 bits from a CSPRNG) is the credential. `claim` moves a
// session to the connection that asks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "controlplane/janus/access_tokens.h"
#include "controlplane/janus/caller.h"
#include "controlplane/janus/config.h"
#include "controlplane/janus/errors.h"
#include "controlplane/janus/json.h"
#include "controlplane/janus/json_text.h"
#include "controlplane/janus/long_polls.h"
#include "controlplane/janus/outbox.h"
#include "controlplane/janus/plugin_host.h"
#include "controlplane/janus/session.h"
#include "controlplane/janus/session_table.h"
#include "controlplane/janus/videoroom/videoroom.h"
#include "controlplane/janus/waiting_requests.h"
#include "controlplane/media/media.h"
#include "controlplane/random/secure_random.h"
#include "controlplane/room/guests.h"
#include "controlplane/signalling/limits.h"
#include "controlplane/signalling/message_channel.h"
#include "dataplane/pool/ownership_walk.h"

namespace penstock::janus {

// What is alive: for tests and metrics.
struct Counts {
  std::size_t channels = 0;
  std::size_t sessions = 0;
  std::size_t handles = 0;
  std::size_t long_polls = 0;
  std::size_t queued_events = 0;
  std::size_t guests = 0;
  std::size_t waiting_handles = 0;  // with requests that are not answered yet
  std::size_t timers = 0;
  std::size_t client_networks = 0;  // entries of the table that caps sessions per address
  room::Counts rooms;

  bool operator==(const Counts&) const = default;
};

class Core final : public SignallingHandler,
                   public MediaEvents,
                   public room::GuestRooms,
                   private PluginHost {
 public:
  Core(JanusConfig config, SignallingSender& sender, Media& media, SecureRandom& random);
  // Closes every connection; sends nothing.
  ~Core() override;
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // Makes the rooms of the file and keeps permanent ones in it (videoroom.h); before the first call
  // of a client. What is wrong with single rooms, for the log. The executor outlives the core.
  std::vector<std::string> open_rooms(RoomFile file, TableExecutor& executor, Timestamp now);
  // Names of hosts in requests can be looked up from now on. The executor outlives the core.
  void open_names(NameExecutor& executor) { videoroom_.open_names(executor); }

  // What opens the API beside the secret: for whoever administers the server.
  AccessTokens& tokens() { return tokens_; }

  // --- SignallingHandler ------------------------------------------------------------------------
  void on_open(ChannelId channel, const ClientInfo& client, Timestamp now) override;
  void on_message(ChannelId channel, std::string_view text, Timestamp now) override;
  void on_close(ChannelId channel, Timestamp now) override;
  void on_http_request(ExchangeId exchange, const HttpApiRequest& request, Timestamp now) override;
  void on_http_cancelled(ExchangeId exchange, Timestamp now) override;

  // --- MediaEvents ------------------------------------------------------------------------------
  void on_connected(PeerId peer, Timestamp now) override;
  void on_closed(PeerId peer, std::string_view reason, Timestamp now) override;
  void on_media(PeerId peer, std::string_view mid, MediaKind kind, bool is_receiving,
                Timestamp now) override;
  void on_layer(PeerId peer, std::uint32_t mindex, Layer layer, Timestamp now) override;
  void on_starved(PeerId peer, std::uint32_t mindex, bool is_starved, Timestamp now) override;
  void on_talking(PeerId peer, std::string_view mid, bool is_talking, float level,
                  Timestamp now) override;
  void on_slow_link(PeerId peer, const SlowLink& link, Timestamp now) override;
  void on_recording_ended(PeerId publisher, std::string_view mid, std::string_view file,
                          std::string_view reason, Timestamp now) override;

  // --- GuestRooms -------------------------------------------------------------------------------
  void set_guest_events(room::GuestEvents& events) override { guest_events_ = &events; }
  std::expected<room::GuestPass, room::GuestError> admit(const room::Id& room,
                                                         std::optional<std::string_view> token,
                                                         room::GuestRole role) const override;
  bool has_room(const room::Id& room) const override {
    return videoroom_.context().rooms.find(room) != nullptr;
  }
  PeerId new_guest_id() override { return new_id(); }
  std::expected<void, room::GuestError> publish(PeerId guest, const room::GuestPublish& wanted,
                                                Timestamp now, const TellAnswer& tell) override;
  std::expected<void, room::GuestError> play(
      PeerId guest, const room::GuestPlay& wanted, Timestamp now,
      const std::function<void(SubscribeResult& result)>& tell) override;
  std::expected<void, room::GuestError> offer_to(PeerId guest, const room::GuestPlay& wanted,
                                                 Timestamp now, const TellAnswer& tell) override;
  std::expected<void, room::GuestError> take_answer(PeerId guest, std::string_view answer_sdp,
                                                    Timestamp now) override;
  std::vector<room::PlayedStream> played(PeerId guest) const override;
  std::expected<void, room::GuestError> resume(PeerId guest, const std::optional<room::Id>& feed,
                                               Timestamp now) override;
  void limit_layers(PeerId guest, std::size_t mindex, const room::LayerTargets& targets,
                    Timestamp now) override;
  void leave(PeerId guest, Timestamp now) override;

  // --- Timers -----------------------------------------------------------------------------------
  // When handle_timeout is due next; kNever if nothing waits.
  Timestamp next_timeout() const;
  // Goes on with what waits and what takes several turns, answers long polls that waited long
  // enough, ends sessions that were silent too long. Bounded work: what is left is due at once.
  void handle_timeout(Timestamp now);

  // Ends every session and room, also those that clients cannot: the server stops. Nothing is left
  // afterwards, and nothing may be asked of the core but what follows.
  void close_all(Timestamp now);

  Counts counts() const;
  // What ended and waits for the end of the call: sessions and handles; rooms and who is in them.
  const RetireList& retired() const { return table_.retired(); }
  const RetireList& retired_members() const { return videoroom_.retired(); }
  // Every pool of the core and its rooms.
  void report_pools(PoolReports& out) const;
  // Marks everything that is owned from here down, connections included. Between calls only.
  void walk_ownership(OwnershipWalk& walk) const;

 private:
  struct Channel {
    Caller caller;  // of whom each request is made
    std::set<std::uint64_t> sessions;
  };

  // A request on its way. The session and handle are found once and good until it is done.
  struct Call {
    Caller caller;
    const json::object& root;
    std::string_view verb{};
    std::string_view transaction{};
    std::uint64_t session_id = 0;
    std::uint64_t handle_id = 0;
    Session* session = nullptr;
    SessionHandle* handle = nullptr;
    bool is_kept = false;  // it has waited for its turn already
  };

  // Somebody without a session or a handle. What has happened to it is told when the call is over.
  struct Guest {
    Attachment attachment;
    bool is_told_later = false;  // on the list of those
    bool is_gone = false;
    Guest* next = nullptr;
  };

  struct Verb {
    enum class Scope : std::uint8_t { kSession, kHandle, kEither };
    std::string_view name;
    Scope scope{};
    void (Core::*run)(Call& call);
  };
  static const Verb kVerbs[];

  // core.cc: from text to a method
  template <typename Step, typename Refuse>
  void run(Step&& step, Refuse&& refuse);
  void process(const Caller& caller, const json::value& root,
               std::optional<std::pair<std::uint64_t, std::uint64_t>> path);
  std::expected<void, Error> read_envelope(Call& call, bool has_path) const;
  std::expected<void, Error> find_session(Call& call);
  void dispatch(Call& call);
  bool dispatch_without_session(Call& call);
  void recognize(Caller& caller, std::string_view secret, std::string_view token);
  std::expected<void, Error> check_authorized(const Caller& caller) const;
  bool may_use(const Caller& caller, const Session& session) const;
  void finish_call();

  // core_requests.cc: one method for each request
  void create(Call& call);
  std::optional<Error> why_no_session(const Caller& caller) const;
  bool is_channel_full(const Caller& caller) const;
  void claim(Call& call);
  void keepalive(Call& call);
  void attach(Call& call);
  void detach(Call& call);
  void destroy(Call& call);
  void hangup(Call& call);
  void trickle(Call& call);
  void message(Call& call);

  // core_waiting.cc: requests that are answered later
  class RequestAnswer;
  using AnswerKind = PendingRequests::AnswerKind;
  std::string begin_answer(const Session& session, HandleId handle, std::string_view transaction,
                           AnswerKind kind) const;
  void finish_answer(Session& session, const Caller& caller, AnswerKind kind, std::string text,
                     std::optional<JsepOut> jsep);
  void ask_plugin(const Call& call, const json::object& body, std::optional<JsepIn> jsep,
                  AnswerKind kind);
  bool has_to_wait(const Call& call);
  bool wake(RequestId request) override;
  void run_waiting();
  void run_under_way(SessionHandle& handle);
  void run_behind(SessionHandle& handle);
  void cancel_waiting(SessionHandle& handle);
  void refuse_waiting(const SessionHandle& handle, const PendingRequests::Asked& asked,
                      CoreError code, const char* why);

  // core_http.cc
  void get(Caller caller, const HttpApiRequest& request);
  void post(const Caller& caller, const HttpApiRequest& request);
  // Every other method: what there is instead.
  void answer_method(ExchangeId exchange, HttpApiRequest::Method method);
  void poll(const Caller& caller, std::uint64_t session_id, const HttpApiRequest& request);

  // core_events.cc: answers and events
  void answer(const Caller& caller, ObjectText reply) {
    outbox_.answer(caller, std::move(reply).text());
  }
  void answer_error(const Call& call, const Error& error);
  void answer_success(const Call& call, std::string_view kind = "success");
  void send_event(const Session& session, ObjectText event) {
    outbox_.tell(session, std::move(event).text());
  }
  ObjectText handle_event(std::string_view kind, const Session& session, HandleId handle) const;
  static std::string with_plugin_data(ObjectText envelope, std::string_view data);
  static void add_jsep(std::string& text, std::optional<JsepOut> jsep);
  void send_hangup(Session& session, HandleId handle, std::string_view reason);
  void push_event(HandleId handle, PluginEvent event) override;
  void close_connection(HandleId handle, std::string_view reason, Timestamp now) override;
  Attachment* find_attachment(HandleId handle) override;
  PeerId new_peer_id() override { return new_id(); }
  std::size_t said_so_far() const override { return outbox_.size(); }
  void take_back(std::size_t said) override { outbox_.take_back(said); }

  // core_guests.cc
  template <typename Step>
  auto run_for_guest(Timestamp now, Step&& step);
  template <typename Join>
  std::expected<void, room::GuestError> add_guest(PeerId id, Timestamp now, Join&& join);
  void tell_guest_later(PeerId guest, bool is_gone);
  void guest_changed(PeerId guest) override { tell_guest_later(guest, false); }
  void tell_guests();
  void end_guest(PeerId guest);
  void forget_guest(PeerId guest);

  // core_sessions.cc: lives of sessions and handles
  std::uint64_t new_id();
  void own(Session& session, const Caller& caller);
  void disown(Session& session);
  void end_handle(Session& session, HandleId handle);
  void end_later(Session& session);
  void end_sessions_further();
  void touch(Session& session) { table_.touch(session, now_); }

  const JanusConfig config_;
  SignallingSender& sender_;
  Media& media_;
  SecureRandom& random_;

  AccessTokens tokens_;
  Timestamp now_ = 0;    // of the call that is running
  UnreadMemory unread_;  // of all sessions
  std::unordered_map<ChannelId, Channel> channels_;
  SessionTable table_;
  LongPolls polls_;
  EndingSessions ending_;
  Outbox outbox_;
  WaitingRequests waiting_;
  room::GuestEvents* guest_events_ = nullptr;
  std::unordered_map<PeerId, Guest> guests_;
  Guest* first_told_ = nullptr;  // of those who are told when the call is over
  VideoRoom videoroom_;          // last: it may ask for ids from the start
};

// Facts about this server: the answer to `info`.
ObjectText server_info(const JanusConfig& config, bool is_accepting_sessions);

// Checks a trickle request (RFC 8838, as Janus frames it). The number of candidates in it; none of
// them is used, because an ICE lite agent learns its peer's addresses from connectivity checks.
std::expected<std::size_t, Error> check_trickle(const json::object& request);

// Reads the `jsep` of a message, if there is one. Views point into `request`.
std::expected<std::optional<JsepIn>, Error> read_jsep(const json::object& request);

}  // namespace penstock::janus
