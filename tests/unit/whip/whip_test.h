// The fixture of all tests of WHIP and WHEP: the service over fakes, clients that ask it by HTTP,
// and the rule that nothing is left when every session has ended.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controlplane/whip/service.h"
#include "tests/unit/janus/fake_sender.h"
#include "tests/unit/whip/client_offers.h"
#include "tests/unit/whip/fake_rooms.h"

namespace penstock::whip {

inline constexpr auto kWhip = HttpApi::kWhip;
inline constexpr auto kWhep = HttpApi::kWhep;
using Method = HttpApiRequest::Method;
using test::client_transport;
using test::play_offer;
using test::publish_offer;
using Headers = std::vector<std::pair<std::string, std::string>>;

// With credentials of the client's, or with others.
inline std::string fragment(std::string_view ufrag = "EsAw",
                            std::string_view pwd = "P2uYro0UCOQ4zxjKXaWCBui1") {
  return "a=ice-ufrag:" + std::string(ufrag) + "\r\na=ice-pwd:" + std::string(pwd) +
         "\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 0 udp 1 192.0.2.1 9 typ host\r\n";
}

class WhipTest : public testing::Test {
 protected:
  explicit WhipTest(Config config = test_config())
      : service(std::move(config), sender, rooms, media, random) {}

  static Config test_config() {
    Config config;
    config.sessions = 8;
    config.ice_links = {"<stun:stun.example.com>; rel=\"ice-server\""};
    return config;
  }

  void TearDown() override {
    expect_owned();
    service.close_all(now);
    EXPECT_EQ(service.counts(), Counts{});
    EXPECT_TRUE(rooms.guests.empty());
    EXPECT_TRUE(media.peers.empty());
    EXPECT_EQ(service.next_timeout(), kNever);
    EXPECT_EQ(sender.replied_twice, 0);
    expect_owned();
  }

  void expect_owned() {
    OwnershipWalk walk;
    media.walked.clear();
    service.walk_ownership(walk);
    EXPECT_EQ(walk.findings(), std::vector<std::string>{});
    PoolReports pools;
    service.report_pools(pools);
    for (const PoolReport& pool : pools) EXPECT_EQ(pool.counts.retired, 0U) << pool.name;
  }

  struct Asked {
    HttpApi api = HttpApi::kWhip;
    Method method = Method::kGet;
    std::string path{};  // below the API: "1234", "1234/session/..."
    Headers headers{};
    std::string body{};
  };
  // What it is answered at once; nothing: later (last_exchange).
  std::optional<HttpApiResponse> ask(const Asked& asked) {
    std::vector<std::string> segments;
    for (std::string_view rest = asked.path; !rest.empty();) {
      const std::size_t end = std::min(rest.find('/'), rest.size());
      segments.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    std::vector<HttpApiRequest::Header> headers;
    for (const auto& [name, value] : asked.headers) headers.push_back({name, value});
    if (!token.empty()) headers.push_back({"Authorization", authorization = "Bearer " + token});
    HttpApiRequest request;
    request.api = asked.api;
    request.method = asked.method;
    request.segments = segments;
    request.headers = headers;
    request.body = asked.body;
    request.client.address = {*parse_ip_address(address), 5'000};
    last_exchange = ExchangeId{++exchanges};
    service.on_http_request(last_exchange, request, now);
    expect_owned();
    return reply_to(last_exchange);
  }
  std::optional<HttpApiResponse> reply_to(ExchangeId exchange) const {
    const auto found = sender.replies.find(exchange);
    return found == sender.replies.end() ? std::nullopt : std::optional(found->second);
  }

  HttpApiResponse post(HttpApi api, std::string path, std::string body) {
    auto response = ask({.api = api,
                         .method = Method::kPost,
                         .path = std::move(path),
                         .headers = {{"Content-Type", "application/sdp"}},
                         .body = std::move(body)});
    return response.value_or(HttpApiResponse{.status = 0, .body = {}});
  }
  // A session, and where it is.
  std::string publish() { return path_in(post(HttpApi::kWhip, "1234", publish_offer())); }
  std::string play() { return path_in(post(HttpApi::kWhep, "1234", play_offer())); }
  HttpApiResponse patch(HttpApi api, std::string path, std::string body, Headers headers = {}) {
    headers.emplace_back("Content-Type", "application/trickle-ice-sdpfrag");
    return ask({.api = api,
                .method = Method::kPatch,
                .path = std::move(path),
                .headers = std::move(headers),
                .body = std::move(body)})
        .value_or(HttpApiResponse{.status = 0, .body = {}});
  }

  static std::string header(const HttpApiResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }
  // "1234/session/..." of "/whip/1234/session/..."
  static std::string path_in(const HttpApiResponse& response) {
    const std::string location = header(response, "Location");
    return location.size() < 6 ? "" : location.substr(6);
  }
  void run_until(Timestamp at) {
    while (service.next_timeout() <= at) {
      now = service.next_timeout();
      service.handle_timeout(now);
    }
    now = at;
  }

  FakeSender sender;
  FakeMedia media;
  FakeRooms rooms{media};
  SeededRandom random{7};
  Service service;
  Timestamp now = kSecond;
  std::string token;
  std::string address = "192.0.2.1";
  ExchangeId last_exchange{};

 private:
  std::uint64_t exchanges = 0;
  std::string authorization;
};

}  // namespace penstock::whip
