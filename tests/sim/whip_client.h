// Somebody with an encoder or a player: one peer connection and plain HTTP (WHIP, WHEP). What it is
// told to do becomes requests; their responses are dealt with in virtual time, as players do. Made
// by a scenario, which it does not outlive.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sim/simulation.h"

namespace penstock::sim {

class WhipClient {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  WhipClient(Simulation& sim, HttpApi api, std::uint64_t room, std::uint32_t watermark = 1'000)
      : sim_(sim), api_(api), room_(std::to_string(room)), watermark_(watermark) {}

  // An id to publish as, or whom to play.
  void name(std::uint64_t id) { id_ = std::to_string(id); }
  void set_token(std::string token) { token_ = std::move(token); }
  std::uint32_t watermark() const { return watermark_; }

  // WHIP: sends audio and video, or these.
  void publish();
  void publish(const std::vector<test::SyntheticSourceConfig>& sources);
  // WHEP: offers to receive; without lines it wants an offer.
  void play();
  void play(const std::vector<test::PlayedLine>& lines);
  // The ICE restart of a PATCH. `if_match`: its header field, if it has one.
  void restart_ice(std::optional<std::string> if_match = "*");
  void trickle(std::string body, Headers headers = {});
  void end();
  // Asks for events, until the session ends.
  void listen();

  // Any request, below the session's URL if `segments` is empty or begins with "+".
  void ask(HttpApiRequest::Method method, std::vector<std::string> segments, Headers headers,
           std::string body, SimSignalling::OnResponse on_response = {});

  // Of the last response.
  unsigned status() const { return last_.status; }
  const HttpApiResponse& last() const { return last_; }
  std::string header(std::string_view name) const;
  const std::string& etag() const { return etag_; }
  const std::vector<std::string>& session() const { return session_; }  // segments of its URL
  const std::string& events() const { return events_; }                 // all text that came
  SimClient* client() const { return client_; }
  const test::WebRtcClient& webrtc() const { return *client_->webrtc; }
  void set_links(const LinkConditions& uplink, const LinkConditions& downlink);

 private:
  std::vector<std::string> endpoint() const;
  void connect();
  void take_answer(const HttpApiResponse& response, bool is_player);
  void take_restart(const HttpApiResponse& response);

  Simulation& sim_;
  HttpApi api_;
  std::string room_;
  std::string id_;
  std::string token_;
  std::uint32_t watermark_;
  SimClient* client_ = nullptr;
  std::vector<std::string> session_;
  std::string etag_;
  std::string last_event_;
  std::string events_;
  HttpApiResponse last_{.status = 0, .body = {}};
};

// The one stream of this kind that has arrived; null if there is none, or more than one.
const test::ReceivedStream* stream_at(const WhipClient& player, MediaKind kind);
// Audio and video of the sender arrive, complete and in order.
void expect_plays(const Simulation& sim, const WhipClient& player, std::uint32_t sender);

}  // namespace penstock::sim
