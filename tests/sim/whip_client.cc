#include "tests/sim/whip_client.h"

#include <gtest/gtest.h>

#include <utility>

#include "controlplane/sdp/trickle_fragment.h"

namespace penstock::sim {
namespace {

using Method = HttpApiRequest::Method;

std::string field(const HttpApiResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

// Without the segment that names the API.
std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    segments.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  segments.erase(segments.begin());
  return segments;
}

}  // namespace

std::string WhipClient::header(std::string_view name) const { return field(last_, name); }

std::vector<std::string> WhipClient::endpoint() const {
  return id_.empty() ? std::vector{room_} : std::vector{room_, id_};
}

void WhipClient::connect() { client_ = &sim_.add_client(sim_.config().link, sim_.config().link); }

void WhipClient::set_links(const LinkConditions& uplink, const LinkConditions& downlink) {
  client_->uplink.set_conditions(uplink);
  client_->downlink.set_conditions(downlink);
}

void WhipClient::ask(Method method, std::vector<std::string> segments, Headers headers,
                     std::string body, SimSignalling::OnResponse on_response) {
  if (segments.empty() || segments.front() == "+") {
    std::vector<std::string> below = session_;
    if (!segments.empty()) below.insert(below.end(), segments.begin() + 1, segments.end());
    segments = std::move(below);
  }
  if (!token_.empty()) headers.emplace_back("Authorization", "Bearer " + token_);
  const SocketAddress from{host_addresses(0x7000).ipv4.address, 50'000};
  sim_.signalling().request(from,
                            {.api = api_,
                             .method = method,
                             .segments = std::move(segments),
                             .headers = std::move(headers),
                             .body = std::move(body)},
                            [this, on_response](const HttpApiResponse& response) {
                              last_ = response;
                              if (on_response) on_response(response);
                            });
}

void WhipClient::publish() { publish({audio(watermark_), video(watermark_)}); }

void WhipClient::publish(const std::vector<test::SyntheticSourceConfig>& sources) {
  connect();
  ask(Method::kPost, endpoint(), {{"Content-Type", "application/sdp"}},
      client_->webrtc->make_publish_offer(sources),
      [this](const HttpApiResponse& response) { take_answer(response, false); });
}

void WhipClient::play() {
  play(
      {{.kind = MediaKind::kVideo, .mid = "picture"}, {.kind = MediaKind::kAudio, .mid = "sound"}});
}

void WhipClient::play(const std::vector<test::PlayedLine>& lines) {
  connect();
  ask(Method::kPost, endpoint(), {{"Content-Type", "application/sdp"}},
      lines.empty() ? std::string() : client_->webrtc->make_play_offer(lines),
      [this](const HttpApiResponse& response) { take_answer(response, true); });
}

void WhipClient::take_answer(const HttpApiResponse& response, bool is_player) {
  if (response.status != 201 && response.status != 406) return;
  session_ = segments_of(field(response, "Location"));
  etag_ = field(response, "ETag");
  if (response.status == 406) {
    ask(Method::kPatch, {}, {{"Content-Type", "application/sdp"}},
        client_->webrtc->answer_subscription(response.body, sim_.now()));
  } else if (is_player) {
    EXPECT_TRUE(client_->webrtc->accept_play_answer(response.body, sim_.now())) << response.body;
  } else {
    EXPECT_TRUE(client_->webrtc->accept_publish_answer(response.body, sim_.now())) << response.body;
    client_->webrtc->start_media(sim_.now());
  }
}

void WhipClient::trickle(std::string body, Headers headers) {
  headers.emplace_back("Content-Type", "application/trickle-ice-sdpfrag");
  ask(Method::kPatch, {}, std::move(headers), std::move(body));
}

void WhipClient::restart_ice(std::optional<std::string> if_match) {
  const auto credentials = client_->webrtc->renew_credentials();
  sdp::TrickleFragment fragment;
  fragment.ice_ufrag = credentials.local_ufrag;
  fragment.ice_pwd = credentials.local_pwd;
  fragment.media.push_back({.kind = "audio", .mid = "0", .candidates = {}});
  Headers headers{{"Content-Type", "application/trickle-ice-sdpfrag"}};
  if (if_match) headers.emplace_back("If-Match", *if_match);
  ask(Method::kPatch, {}, std::move(headers), sdp::write_trickle_fragment(fragment),
      [this](const HttpApiResponse& response) { take_restart(response); });
}

void WhipClient::take_restart(const HttpApiResponse& response) {
  if (response.status != 200) return;
  const auto fragment = sdp::parse_trickle_fragment(response.body);
  ASSERT_TRUE(fragment.has_value()) << response.body;
  etag_ = field(response, "ETag");
  client_->webrtc->accept_restart(fragment->ice_ufrag, fragment->ice_pwd, sim_.now());
}

void WhipClient::end() { ask(Method::kDelete, {}, {}, {}); }

void WhipClient::listen() {
  Headers headers;
  if (!last_event_.empty()) headers.emplace_back("Last-Event-ID", last_event_);
  ask(Method::kGet, {"+", "events"}, std::move(headers), {},
      [this](const HttpApiResponse& response) {
        if (response.status != 200) return;
        events_ += response.body;
        const std::size_t id = response.body.rfind("id: ");
        if (id != std::string::npos) {
          last_event_ = response.body.substr(id + 4, response.body.find('\n', id) - id - 4);
        }
        if (!response.body.contains("reconnect")) listen();
      });
}

const test::ReceivedStream* stream_at(const WhipClient& player, MediaKind kind) {
  const test::ReceivedStream* found = nullptr;
  for (const auto& [ssrc, stream] : player.webrtc().received()) {
    if (stream.packets == 0 || (stream.audio_levels == 0) != (kind == MediaKind::kVideo)) continue;
    if (found != nullptr) return nullptr;
    found = &stream;
  }
  return found;
}

void expect_plays(const Simulation& sim, const WhipClient& player, std::uint32_t sender) {
  for (const MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo}) {
    const test::ReceivedStream* stream = stream_at(player, kind);
    ASSERT_NE(stream, nullptr) << (kind == MediaKind::kVideo ? "video" : "audio");
    EXPECT_EQ(stream->sender, sender);
    EXPECT_EQ(stream->lost(), 0U) << (kind == MediaKind::kVideo ? "video" : "audio");
    EXPECT_EQ(stream->duplicates, 0U);
    EXPECT_EQ(stream->foreign, 0U);
    EXPECT_TRUE(stream->is_order_kept());
    EXPECT_GE(stream->last_at + 200 * kMillisecond, sim.now());
  }
}

}  // namespace penstock::sim
