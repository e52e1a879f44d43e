// Clients behind a reverse proxy on the server's host, with the configuration that has no word
// about it: they share what there is, and none of them can take it from the others.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/integration/harness/integration_test.h"
#include "tests/integration/harness/reverse_proxy.h"

namespace penstock::integration {
namespace {

// As docs/penstock.toml has them: twice limits.participants, and sessions_per_address_max.
constexpr std::size_t kSessionsOfAll = 4'096;
constexpr std::size_t kSessionsOfOne = 2'048;
constexpr Duration kProxyPatience = 60 * kSecond;

class ProxyTest : public IntegrationTest {
 protected:
  void TearDown() override {
    connections_.clear();
    IntegrationTest::TearDown();
  }
  // Of this client; stays open until the test ends.
  JanusWebSocket& connect(ReverseProxy& proxy, const std::string& client) {
    proxy.set_client(client);
    connections_.push_back(std::make_unique<JanusWebSocket>(loop_, proxy.port()));
    return *connections_.back();
  }
  // Asks for so many sessions; how many it gets. The others are refused, and nothing else.
  std::size_t create_sessions(JanusWebSocket& connection, std::size_t count) {
    connection.inbox().clear();
    for (std::size_t i = 0; i < count; ++i) {
      connection.send({{"janus", "create"}, {"transaction", "t"}});
    }
    EXPECT_TRUE(
        loop_.run_until([&] { return connection.inbox().size() == count; }, kProxyPatience));
    const auto made = std::ranges::count_if(connection.inbox(), [](const json::value& answer) {
      return text_at(answer, "/janus") == "success";
    });
    const auto refused = std::ranges::count_if(connection.inbox(), [](const json::value& answer) {
      return number_at(answer, "/error/code") == 472;
    });
    EXPECT_EQ(made + refused, count);
    return static_cast<std::size_t>(made);
  }

  std::vector<std::unique_ptr<JanusWebSocket>> connections_;
};

TEST_F(ProxyTest, TogetherItsClientsHaveAsManySessionsAsThePoolHolds) {
  start_server();
  ReverseProxy proxy(kWebSocketPort);
  std::size_t made = 0;
  for (int client = 1; client <= 16; ++client) {
    made +=
        create_sessions(connect(proxy, "192.0.2." + std::to_string(client)), kSessionsOfAll / 16);
  }
  EXPECT_EQ(made, kSessionsOfAll);
  EXPECT_EQ(create_sessions(connect(proxy, "192.0.2.17"), 1), 0U);
}

TEST_F(ProxyTest, OneClientLeavesTheOthersTheirs) {
  start_server();
  ReverseProxy proxy(kWebSocketPort);
  EXPECT_EQ(create_sessions(connect(proxy, "192.0.2.66"), kSessionsOfOne - 100),
            kSessionsOfOne - 100);
  EXPECT_EQ(create_sessions(connect(proxy, "192.0.2.66"), 500), 100U);
  EXPECT_EQ(create_sessions(connect(proxy, "192.0.2.7"), 1'000), 1'000U);
  EXPECT_EQ(create_sessions(connect(proxy, "192.0.2.8"), 1'000), 1'000U);
}

TEST_F(ProxyTest, RequestsAreLimitedByClient) {
  start_server({.config = "[signalling]\nrequests_per_address_per_s = 1\n"
                          "requests_per_address_burst = 3\n"});
  ReverseProxy proxy(kHttpPort);
  const auto ask = [&](const std::string& client) {
    proxy.set_client(client);
    return http_request("GET", "/janus/info", "", proxy.port()).status;
  };
  std::size_t refused = 0;
  for (int i = 0; i < 50; ++i) refused += ask("192.0.2.66") == 429 ? 1U : 0U;
  EXPECT_GT(refused, 0U);
  EXPECT_EQ(ask("192.0.2.7"), 200U);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(""), 200U) << "of whom nothing is known";
}

}  // namespace
}  // namespace penstock::integration
