// The admin interface over real sockets.
#include "controlplane/admin/admin_listener.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <thread>

#include "tests/unit/admin/lifetimes_fixture.h"
#include "tests/unit/http/signalling_fixture.h"

namespace penstock {
namespace {

// Says what it is asked.
class EchoApi final : public SignallingHandler {
 public:
  void on_http_request(ExchangeId exchange, const HttpApiRequest& request, Timestamp) override {
    sender->reply(exchange, {.status = 200, .body = "asked: " + std::string(request.body)});
  }
  void on_http_cancelled(ExchangeId, Timestamp) override {}
  void on_open(ChannelId, const ClientInfo&, Timestamp) override {}
  void on_message(ChannelId, std::string_view, Timestamp) override {}
  void on_close(ChannelId, Timestamp) override {}

  SignallingSender* sender = nullptr;
};

class AdminListenerTest : public testing::Test {
 protected:
  explicit AdminListenerTest(bool has_api = false) {
    auto listener = SignallingServer::open_pages(
        io_,
        {.address = IpAddress::from_v4({127, 0, 0, 1}),
         .section = "admin",
         .has_admin_api = has_api},
        [this](std::string_view path) {
          return admin_page(
              path, [this] { return sample_.lifetimes; },
              [](PeerId) { return std::optional<TransportSnapshot>(); });
        });
    EXPECT_TRUE(listener.has_value());
    listener_ = *std::move(listener);
    api_.sender = listener_.get();
    listener_->start(api_);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~AdminListenerTest() override {
    boost::asio::post(io_, [this] { listener_->stop(); });
    thread_.join();
  }

  std::string ask(const std::string& request, const std::string& body = "") {
    RawClient client(listener_->http_port());
    std::string text = request + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    client.send(text + "\r\n" + body);
    return client.receive_all();
  }
  static bool has(const std::string& response, std::string_view part) {
    return response.find(part) != std::string::npos;
  }

  SampleLifetimes sample_;
  EchoApi api_;
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
  EXPECT_TRUE(ask("POST /admin", "{}").starts_with("HTTP/1.1 405 "));
  EXPECT_TRUE(ask("DELETE /lifetimes").starts_with("HTTP/1.1 405 "));
}

TEST_F(AdminListenerTest, PagesOfOtherOriginsCannotReadIt) {
  EXPECT_FALSE(has(ask("GET /lifetimes"), "Access-Control-Allow-Origin"));
}

TEST_F(AdminListenerTest, ItHasTheLimitsOfTheOtherListener) {
  EXPECT_TRUE(ask("GET /" + std::string(4'000, 'a')).starts_with("HTTP/1.1 414 "));
}

class AdminListenerWithApiTest : public AdminListenerTest {
 protected:
  AdminListenerWithApiTest() : AdminListenerTest(true) {}
};

TEST_F(AdminListenerWithApiTest, RequestsToItAreHandedOnAndPagesStay) {
  const std::string response = ask("POST /admin", "{}");
  EXPECT_TRUE(response.starts_with("HTTP/1.1 200 OK\r\n")) << response;
  EXPECT_TRUE(has(response, "asked: {}")) << response;
  EXPECT_TRUE(ask("GET /lifetimes").starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(ask("GET /janus/info").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(ask("POST /whip/1", "x").starts_with("HTTP/1.1 405 "));
}

TEST_F(AdminListenerWithApiTest, PagesOfOtherSitesMayNotAsk) {
  RawClient client(listener_->http_port());
  client.send(
      "POST /admin HTTP/1.1\r\nHost: a\r\nOrigin: https://example.com\r\n"
      "Connection: close\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_TRUE(client.receive_all().starts_with("HTTP/1.1 403 "));
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
