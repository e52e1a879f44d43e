// WHIP and WHEP of the real program over real HTTP: a publisher and a player, with an ICE restart,
// and the ends of both. What the statuses are in every case is in tests/unit/whip.
#include <gtest/gtest.h>

#include "controlplane/sdp/trickle_fragment.h"
#include "tests/integration/harness/http_exchange.h"
#include "tests/integration/harness/integration_test.h"
#include "tests/integration/harness/socket_client.h"

namespace penstock::integration {
namespace {

using Response = HttpExchange;

std::string field(const Response& response, http::field name) {
  return std::string(response[name]);
}

class WhipIntegrationTest : public IntegrationTest {
 protected:
  static constexpr const char* kSdp = "application/sdp";
  static constexpr const char* kFragment = "application/trickle-ice-sdpfrag";

  std::unique_ptr<SocketClient> make_client(std::uint64_t seed) {
    test::ClientConfig config;
    config.seed = seed;
    config.local = {ParticipantOptions{}.address, 0};
    return std::make_unique<SocketClient>(loop_, config, certificate());
  }
  static std::uint64_t packets_of(const SocketClient& client) {
    std::uint64_t packets = 0;
    for (const auto& [ssrc, stream] : client.webrtc().received()) packets += stream.packets;
    return packets;
  }
};

TEST_F(WhipIntegrationTest, APublisherIsPlayedAndRestartsIceWithoutLoss) {
  start_server();
  EXPECT_EQ(exchange_http(http::verb::post, "/whep/1234", "", {{http::field::content_type, kSdp}})
                .result_int(),
            409U);
  const auto publisher = make_client(1);
  const auto published =
      exchange_http(http::verb::post, "/whip/1234",
                    publisher->webrtc().make_publish_offer({test::audio(1), test::video(1)}),
                    {{http::field::content_type, kSdp}});
  ASSERT_EQ(published.result_int(), 201U) << published.body();
  ASSERT_TRUE(publisher->webrtc().accept_publish_answer(published.body(), loop_.now()));
  ASSERT_TRUE(loop_.run_until([&] { return publisher->webrtc().is_connected(); }, 10 * kSecond));
  publisher->webrtc().start_media(loop_.now());

  const auto player = make_client(2);
  const std::vector<test::PlayedLine> lines{{.kind = MediaKind::kAudio, .mid = "0"},
                                            {.kind = MediaKind::kVideo, .mid = "1"}};
  const auto played =
      exchange_http(http::verb::post, "/whep/1234", player->webrtc().make_play_offer(lines),
                    {{http::field::content_type, kSdp}});
  ASSERT_EQ(played.result_int(), 201U) << played.body();
  ASSERT_TRUE(player->webrtc().accept_play_answer(played.body(), loop_.now()));
  ASSERT_TRUE(loop_.run_until([&] { return packets_of(*player) > 100; }, 20 * kSecond));

  const std::string url = field(published, http::field::location);
  const auto renewed = publisher->webrtc().renew_credentials();
  sdp::TrickleFragment fragment;
  fragment.ice_ufrag = renewed.local_ufrag;
  fragment.ice_pwd = renewed.local_pwd;
  const auto restarted =
      exchange_http(http::verb::patch, url, sdp::write_trickle_fragment(fragment),
                    {{http::field::content_type, kFragment}, {http::field::if_match, "*"}});
  ASSERT_EQ(restarted.result_int(), 200U) << restarted.body();
  EXPECT_NE(field(restarted, http::field::etag), field(published, http::field::etag));
  const auto ours = sdp::parse_trickle_fragment(restarted.body());
  ASSERT_TRUE(ours.has_value());
  publisher->webrtc().accept_restart(ours->ice_ufrag, ours->ice_pwd, loop_.now());
  const std::uint64_t before = packets_of(*player);
  ASSERT_TRUE(loop_.run_until([&] { return packets_of(*player) > before + 200; }, 20 * kSecond));
  for (const auto& [ssrc, stream] : player->webrtc().received()) {
    EXPECT_EQ(stream.lost(), 0U);
    EXPECT_EQ(stream.foreign, 0U);
  }

  EXPECT_EQ(exchange_http(http::verb::head, url, "").result_int(), 204U);
  for (const Response& made : {published, played}) {
    const std::string session = field(made, http::field::location);
    EXPECT_EQ(exchange_http(http::verb::delete_, session, "").result_int(), 200U);
    EXPECT_EQ(exchange_http(http::verb::delete_, session, "").result_int(), 404U);
  }
  const std::string metrics = http_request("GET", "/metrics", "", kAdminPort).body;
  EXPECT_NE(metrics.find("penstock_whip_published_total 1"), std::string::npos);
  EXPECT_NE(metrics.find("penstock_whep_played_total 1"), std::string::npos);
  EXPECT_NE(metrics.find("penstock_whip_ice_restarts_total 1"), std::string::npos);
}

TEST_F(WhipIntegrationTest, PagesMayUseItFromWhereTheyMayUseTheJanusApi) {
  start_server({.config = "[signalling]\nallowed_origins = [\"https://meet.example.com\"]\n"});
  const auto preflight =
      exchange_http(http::verb::options, "/whip/1234", "",
                    {{http::field::origin, "https://meet.example.com"},
                     {http::field::access_control_request_method, "POST"},
                     {http::field::access_control_request_headers, "authorization,content-type"}});
  EXPECT_EQ(preflight.result_int(), 200U);
  EXPECT_EQ(field(preflight, http::field::access_control_allow_origin), "https://meet.example.com");
  EXPECT_EQ(field(preflight, http::field::access_control_allow_methods), "POST");
  EXPECT_EQ(field(preflight, http::field::access_control_allow_headers),
            "authorization,content-type");
  const auto refused = exchange_http(
      http::verb::post, "/whip/1234", "v=0",
      {{http::field::origin, "https://evil.example.com"}, {http::field::content_type, kSdp}});
  EXPECT_EQ(refused.result_int(), 403U);
}

}  // namespace
}  // namespace penstock::integration
