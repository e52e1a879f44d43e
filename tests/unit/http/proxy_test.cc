// Clients behind a reverse proxy, which is the tests' host: the listeners trust it by default.
#include "tests/unit/http/signalling_fixture.h"

namespace penstock {
namespace {

std::string get(const std::string& fields) {
  return "GET /janus/info HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}
std::string by(const std::string& client) { return get("X-Forwarded-For: " + client + "\r\n"); }

class ProxyTest : public SignallingFixture {
 protected:
  void TearDown() override {
    clients_.clear();  // who would not answer the goodbye
    SignallingFixture::TearDown();
  }
  std::string status(RawClient& client, const std::string& request) {
    client.send(request);
    return status_of(client.receive_response());
  }
  // The status of the handshake, on a connection that stays open.
  std::string connect(const std::string& forwarded_for) {
    clients_.emplace_back(server_->websocket_port());
    clients_.back().send(
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Protocol: janus-protocol\r\nX-Forwarded-For: " +
        forwarded_for + "\r\n\r\n");
    return status_of(clients_.back().receive_until("\r\n\r\n"));
  }

  std::vector<RawClient> clients_;
};

TEST_F(ProxyTest, ItsHeaderNamesTheClient) {
  answer_all_with("{}");
  start();
  RawClient proxy = http();
  status(proxy, by("198.51.100.1, 192.0.2.7"));
  EXPECT_EQ(core_.last_client(), "192.0.2.7");
  status(proxy, by("192.0.2.8"));
  EXPECT_EQ(core_.last_client(), "192.0.2.8") << "the same connection, another client";
  status(proxy, get("X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 192.0.2.9\r\n"));
  EXPECT_EQ(core_.last_client(), "192.0.2.9");
  connect("192.0.2.10");
  ASSERT_TRUE(core_.saw("open"));
  EXPECT_EQ(core_.last_client(), "192.0.2.10");
}

TEST_F(ProxyTest, WithoutAGoodHeaderItIsTheProxyAndNotLimited) {
  config_.requests_per_address_burst = 1;
  answer_all_with("{}");
  start();
  RawClient proxy = http();
  for (const char* fields : {"", "X-Forwarded-For: unknown\r\n", "Forwarded: for=192.0.2.7\r\n"}) {
    EXPECT_EQ(status(proxy, get(fields)), "HTTP/1.1 200");
    EXPECT_EQ(core_.last_client(), "127.0.0.1 unlimited") << fields;
  }
}

TEST_F(ProxyTest, OnlyTheConfiguredHeaderIsRead) {
  config_.client_address_header = config::ClientAddressHeader::kForwarded;
  answer_all_with("{}");
  start();
  RawClient proxy = http();
  status(proxy, get("Forwarded: for=192.0.2.7;proto=https\r\nX-Forwarded-For: 192.0.2.8\r\n"));
  EXPECT_EQ(core_.last_client(), "192.0.2.7");
}

TEST_F(ProxyTest, WhoIsNoTrustedProxySpeaksForItselfOnly) {
  limit_loopback();
  config_.trusted_proxies = {{*parse_ip_address("192.0.2.0"), 24}};
  answer_all_with("{}");
  start();
  RawClient client = http();
  status(client, by("198.51.100.1"));
  EXPECT_EQ(core_.last_client(), "127.0.0.1");
}

TEST_F(ProxyTest, RequestsAreLimitedByClient) {
  config_.requests_per_address_per_s = 1;
  config_.requests_per_address_burst = 2;
  answer_all_with("{}");
  start();
  RawClient proxy = http();
  for (const char* client : {"192.0.2.7", "192.0.2.8"}) {
    EXPECT_EQ(status(proxy, by(client)), "HTTP/1.1 200");
    EXPECT_EQ(status(proxy, by(client)), "HTTP/1.1 200");
    EXPECT_EQ(status(proxy, by(client)), "HTTP/1.1 429");
  }
  EXPECT_EQ(status(proxy, get("")), "HTTP/1.1 200");
}

TEST_F(ProxyTest, WebSocketsAreLimitedByClient) {
  config_.connections_per_address_max = 2;
  start();
  EXPECT_EQ(connect("192.0.2.7"), "HTTP/1.1 101");
  EXPECT_EQ(connect("192.0.2.7"), "HTTP/1.1 101");
  EXPECT_EQ(connect("192.0.2.7"), "HTTP/1.1 429");
  EXPECT_EQ(connect("192.0.2.8"), "HTTP/1.1 101");
  // A place that was given back is another's.
  clients_.front().close();
  ASSERT_TRUE(core_.saw("close"));
  run([] {});  // what is left of the connection goes
  EXPECT_EQ(connect("192.0.2.7"), "HTTP/1.1 101");
}

TEST_F(ProxyTest, LongPollsAreLimitedByClient) {
  config_.connections_per_address_max = 1;
  start();
  RawClient polling = http();
  polling.send("GET /janus/7 HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n");
  ASSERT_TRUE(core_.saw("GET /7"));
  RawClient other = http();
  EXPECT_EQ(status(other, by("192.0.2.7")), "HTTP/1.1 429");
  run([this] { server_->reply(core_.last_exchange(), {200, "[]"}); });
  EXPECT_EQ(status_of(polling.receive_response()), "HTTP/1.1 200");
  answer_all_with("{}");
  EXPECT_EQ(status(other, by("192.0.2.7")), "HTTP/1.1 200");
}

TEST_F(ProxyTest, WhoHasShownTheSecretIsNotLimited) {
  config_.requests_per_address_per_s = 1;
  config_.requests_per_address_burst = 1;
  config_.connections_per_address_max = 1;
  core_.on_request = [this](ExchangeId exchange, const HttpApiRequest&) {
    server_->exempt(exchange);
    server_->reply(exchange, {200, "{}"});
  };
  core_.on_connect = [this](ChannelId channel) { server_->exempt(channel); };
  start();
  RawClient proxy = http();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status(proxy, by("192.0.2.7")), "HTTP/1.1 200") << i;
  EXPECT_EQ(connect("192.0.2.7"), "HTTP/1.1 101");
  EXPECT_EQ(connect("192.0.2.7"), "HTTP/1.1 101");
}

// Of the connection, where that is one client's.
TEST_F(ProxyTest, ABackendIsExemptAfterItsFirstRequest) {
  limit_loopback();
  config_.requests_per_address_per_s = 1;
  config_.requests_per_address_burst = 1;
  bool is_first = true;
  core_.on_request = [&](ExchangeId exchange, const HttpApiRequest&) {
    if (std::exchange(is_first, false)) server_->exempt(exchange);
    server_->reply(exchange, {200, "{}"});
  };
  start();
  RawClient backend = http();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status(backend, get("")), "HTTP/1.1 200") << i;
}

}  // namespace
}  // namespace penstock
