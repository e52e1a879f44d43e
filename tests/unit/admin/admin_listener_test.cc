// The admin interface over real sockets.
#include "controlplane/admin/admin_listener.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <thread>

#include "tests/unit/admin/lifetimes_fixture.h"
#include "tests/unit/http/signalling_fixture.h"

namespace penstock {
namespace {

class AdminListenerTest : public testing::Test {
 protected:
  AdminListenerTest() {
    auto listener = SignallingServer::open_pages(
        io_, {IpAddress::from_v4({127, 0, 0, 1}), 0, "admin"}, [this](std::string_view path) {
          return admin_page(
              path, [this] { return sample_.lifetimes; },
              [](PeerId) { return std::optional<TransportSnapshot>(); });
        });
    EXPECT_TRUE(listener.has_value());
    listener_ = *std::move(listener);
    listener_->start();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~AdminListenerTest() override {
    boost::asio::post(io_, [this] { listener_->stop(); });
    thread_.join();
  }

  std::string ask(const std::string& request) {
    RawClient client(listener_->http_port());
    client.send(request + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    return client.receive_all();
  }
  static bool has(const std::string& response, std::string_view part) {
    return response.find(part) != std::string::npos;
  }

  SampleLifetimes sample_;
  boost::asio::io_context io_{1};
  std::unique_ptr<SignallingServer> listener_;
  std::thread thread_;
};

TEST_F(AdminListenerTest, LifetimesAreJson) {
  const std::string response = ask("GET /lifetimes");
  EXPECT_TRUE(response.starts_with("HTTP/1.1 200 OK\r\n")) << response;
  EXPECT_TRUE(has(response, "Content-Type: application/json\r\n")) << response;
  EXPECT_TRUE(has(response, "Cache-Control: no-store\r\n")) << response;
  const auto root = boost::json::parse(response.substr(response.find("\r\n\r\n") + 4));
  EXPECT_EQ(root.at("pools").as_array().size(), 2U);
}

TEST_F(AdminListenerTest, MetricsArePrometheusText) {
  const std::string response = ask("GET /metrics");
  EXPECT_TRUE(has(response, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_TRUE(has(response, "\npenstock_pool_objects{pool=\"rooms\",state=\"live\"} 2\n"));
}

TEST_F(AdminListenerTest, TheRootIsForPeople) {
  EXPECT_TRUE(has(ask("GET /"), "2 live"));
  EXPECT_FALSE(has(ask("HEAD /"), "2 live"));
}

TEST_F(AdminListenerTest, ThereIsNothingElse) {
  for (const char* path : {"/janus", "/janus/info", "/index.html", "/config.json", "/metrics/x"}) {
    EXPECT_TRUE(ask(std::string("GET ") + path).starts_with("HTTP/1.1 404 ")) << path;
  }
  EXPECT_TRUE(ask("POST /janus").starts_with("HTTP/1.1 405 "));
  EXPECT_TRUE(ask("DELETE /lifetimes").starts_with("HTTP/1.1 405 "));
}

TEST_F(AdminListenerTest, PagesOfOtherOriginsCannotReadIt) {
  EXPECT_FALSE(has(ask("GET /lifetimes"), "Access-Control-Allow-Origin"));
}

TEST_F(AdminListenerTest, ItHasTheLimitsOfTheOtherListener) {
  EXPECT_TRUE(ask("GET /" + std::string(4'000, 'a')).starts_with("HTTP/1.1 414 "));
}

TEST(AdminPortTest, ZeroIsOffAndATakenPortIsNamedWithItsSection) {
  boost::asio::io_context io{1};
  config::AdminConfig config;
  config.port = 0;
  const auto off = open_admin_listener(io, config, [] { return Lifetimes(); }, {});
  ASSERT_TRUE(off.has_value());
  EXPECT_EQ(*off, nullptr);

  boost::asio::ip::tcp::acceptor taken(io, {boost::asio::ip::address_v4::loopback(), 0});
  config.port = taken.local_endpoint().port();
  const auto refused = open_admin_listener(io, config, [] { return Lifetimes(); }, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().find("[admin]"), std::string::npos) << refused.error();
}

}  // namespace
}  // namespace penstock
