// WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep) over the rooms that the Janus API has, too: a
// POST to /whip/ROOM publishes, one to /whep/ROOM[/PUBLISHER] plays, and what comes of it is a
// session with an URL of its own. To others in the room a session is a participant or a subscriber
// as every other (room/guests.h). No sockets, clocks or threads: requests and the time go in,
// responses go out through the SignallingSender.
//
//   /whip/ROOM[/ID]                          POST: publishes, as ID
//   /whep/ROOM[/PUBLISHER]                   POST: plays PUBLISHER, or the first who publishes
//   /whip/ROOM/session/SECRET, /whep/...     PATCH: candidates, ICE restart, answer; DELETE
//   /whep/ROOM/session/SECRET/events         GET: server-sent events
//   /whep/ROOM/session/SECRET/layer          POST: which layer to receive
//
// A session ends by DELETE, with its connection (no consent any more, a DTLS alert, nothing within
// 30 s), with its room, when its publisher is kicked, or when a player's publisher stays away. It
// owns its connection. Owned by the server; all calls on the control thread; everything that it is
// made with outlives it. A request for which there is not enough memory changes nothing and is
// answered 503; endings need none.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "controlplane/media/media.h"
#include "controlplane/random/secure_random.h"
#include "controlplane/room/guests.h"
#include "controlplane/sdp/trickle_fragment.h"
#include "controlplane/signalling/message_channel.h"
#include "controlplane/whip/config.h"
#include "controlplane/whip/offer_rules.h"
#include "controlplane/whip/session_table.h"
#include "controlplane/whip/stats.h"

namespace penstock::whip {

// What is alive: for tests and metrics.
struct Counts {
  std::size_t sessions = 0;
  std::size_t timers = 0;
  std::size_t client_networks = 0;
  std::size_t polls = 0;  // for events

  bool operator==(const Counts&) const = default;
};

class Service final : public SignallingHandler, private room::GuestEvents {
 public:
  Service(Config config, SignallingSender& sender, room::GuestRooms& rooms, Media& media,
          SecureRandom& random);
  ~Service() override;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // SignallingHandler: there are no WebSockets here.
  void on_open(ChannelId, const ClientInfo&, Timestamp) override {}
  void on_message(ChannelId, std::string_view, Timestamp) override {}
  void on_close(ChannelId, Timestamp) override {}
  void on_http_request(ExchangeId exchange, const HttpApiRequest& request, Timestamp now) override;
  void on_http_cancelled(ExchangeId exchange, Timestamp now) override;

  Timestamp next_timeout() const { return sessions_.next_deadline(); }
  // Bounded work: what is left is due at once.
  void handle_timeout(Timestamp now);

  // Every session ends: the server stops.
  void close_all(Timestamp now);

  Counts counts() const;
  const Stats& stats() const { return stats_; }
  const RetireList& retired() const { return sessions_.retired(); }
  void report_pools(PoolReports& out) const { sessions_.report_pools(out); }
  // Marks every session and its connection.
  void walk_ownership(OwnershipWalk& walk) const;

 private:
  // A request on its way; the session is found once and good until it is done.
  struct Call {
    ExchangeId exchange{};
    const HttpApiRequest& request;
    Session* session = nullptr;
    bool is_new = false;  // the session was made for it
  };
  // What was retired goes at the end of the outermost one: guests' events come within calls.
  class Scope;

  // service.cc: from a request to a function
  std::optional<HttpApiResponse> respond(Call& call);
  std::optional<HttpApiResponse> respond_of_endpoint(Call& call);
  std::optional<HttpApiResponse> respond_of_session(Call& call);
  void reply(ExchangeId exchange, HttpApiResponse response);
  std::optional<room::Id> id_from(const std::string& segment) const;

  // service_sessions.cc: how sessions begin and end
  HttpApiResponse post(Call& call);
  std::expected<Session*, HttpApiResponse> make_session(const Call& call, bool has_secret);
  HttpApiResponse begin(const Call& call, Session& session, OfferFacts facts);
  std::expected<void, room::GuestError> publish(const Call& call, Session& session,
                                                HttpApiResponse& response);
  std::expected<void, room::GuestError> play(const Call& call, Session& session,
                                             HttpApiResponse& response);
  std::expected<void, room::GuestError> offer_to(const Call& call, Session& session,
                                                 HttpApiResponse& response);
  void describe(const Session& session, HttpApiResponse& response) const;
  void end(Session& session);
  std::string random_text(std::size_t bytes);
  static std::string path_of(const Session& session);

  // service_patch.cc
  HttpApiResponse patch(const Call& call);
  HttpApiResponse take_answer(const Call& call);
  HttpApiResponse take_fragment(const Call& call);
  HttpApiResponse restart_ice(Session& session, const sdp::TrickleFragment& fragment);

  // service_events.cc: what players hear and choose
  std::optional<HttpApiResponse> respond_of_events(const Call& call);
  HttpApiResponse respond_of_layer(const Call& call);
  HttpApiResponse choose_layer(const Call& call);
  void apply_choices(const Session& session, std::span<const room::PlayedStream> played);
  std::string events_of(const Session& session) const;
  void answer_poll(Session& session, std::string_view events);
  void look_at(Session& session);
  void resume(Session& session);
  void arm(const Session& session);
  void on_guest_gone(PeerId guest, Timestamp now) override;
  void on_guest_changed(PeerId guest, Timestamp now) override;

  const Config config_;
  SignallingSender& sender_;
  room::GuestRooms& rooms_;
  Media& media_;
  SecureRandom& random_;
  Timestamp now_ = 0;  // of the call that is running
  int calls_ = 0;      // under way, one in the other
  SessionTable sessions_;
  std::unordered_map<ExchangeId, PeerId> polls_;
  Stats stats_;
};

}  // namespace penstock::whip
