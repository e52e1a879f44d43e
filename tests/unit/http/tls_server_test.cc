// The listeners with TLS: who gets through, how the certificate is replaced, and what a client that
// is slow or speaks something else gets. What is above TLS is in the tests that run over both
// (CMakeLists.txt).
#include <vector>

#include "tests/unit/http/signalling_fixture.h"

namespace penstock {
namespace {

using std::chrono::milliseconds;

class TlsServerTest : public SignallingFixture {
 protected:
  TlsServerTest() {
    config_.tls = tls_files_.config();
    options_.tls_files_interval = std::chrono::hours(1);
    core_.on_text = [this](ChannelId channel, std::string_view text) {
      server_->send(channel, std::string(text));
    };
    answer_all_with("{}");
  }

  RawClient connect() { return RawClient(server_->http_port(), true); }
  RawClient plain() { return RawClient(server_->http_port(), false); }
  bool speaks(int version) {
    RawClient client = plain();
    return client.start_tls(make_client_tls(version));
  }
  static std::string ask(RawClient& client) {
    client.send("GET /janus/info HTTP/1.1\r\nHost: h\r\n\r\n");
    return status_of(client.receive_response());
  }
  // Whether a new connection is served with a certificate of this name; it may take a moment.
  bool becomes(const std::string& name) {
    for (int tries = 0; tries < 500; ++tries) {
      if (connect().server_is(name)) return true;
      std::this_thread::sleep_for(milliseconds(10));
    }
    return false;
  }
  std::uint64_t failed() {
    return run([this] { return server_->stats().tls_handshakes_failed; });
  }
  bool fails(std::uint64_t count) {
    for (int tries = 0; tries < 500 && failed() < count; ++tries) {
      std::this_thread::sleep_for(milliseconds(10));
    }
    return failed() == count;
  }
};

TEST_F(TlsServerTest, SpeaksTls12And13AndNothingOlder) {
  start();
  RawClient client = connect();
  EXPECT_EQ(client.tls_version(), "TLSv1.3");
  EXPECT_TRUE(client.server_is("localhost"));
  EXPECT_EQ(ask(client), "HTTP/1.1 200");
  EXPECT_EQ(ask(client), "HTTP/1.1 200") << "a connection serves many requests";
  EXPECT_TRUE(speaks(TLS1_2_VERSION));
  EXPECT_FALSE(speaks(TLS1_1_VERSION));
  EXPECT_TRUE(fails(1));
}

TEST_F(TlsServerTest, AnAnswerThatEndsTheConnectionIsFollowedByAGoodbye) {
  start();
  RawClient client = connect();
  client.send("GET /janus/info HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(client.receive_all()), "HTTP/1.1 200");
  EXPECT_TRUE(client.has_goodbye());
  RawClient refused = connect();
  refused.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(status_of(refused.receive_all()), "HTTP/1.1 400");
  EXPECT_TRUE(refused.has_goodbye());
}

TEST_F(TlsServerTest, APlainRequestIsToldThatThisIsTls) {
  start();
  RawClient client = plain();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string answer = client.receive_all();
  EXPECT_EQ(status_of(answer), "HTTP/1.1 400");
  EXPECT_TRUE(answer.ends_with("this port speaks TLS: https:// or wss://\n")) << answer;
  EXPECT_TRUE(client.is_closed_by_peer());
}

TEST_F(TlsServerTest, WhatIsNoTlsIsClosed) {
  start();
  RawClient client = plain();
  client.send("\x16\x03\x01nonsense");
  client.shut_down_sending();
  EXPECT_TRUE(client.is_closed_by_peer());
  EXPECT_TRUE(fails(1));
}

TEST_F(TlsServerTest, AHandshakeThatTakesTooLongIsEnded) {
  options_.tls_handshake_deadline = milliseconds(200);
  start();
  RawClient silent = plain();
  EXPECT_TRUE(silent.is_closed_by_peer());
  RawClient slow = plain();
  slow.send("\x16");
  EXPECT_TRUE(slow.is_closed_by_peer());
  EXPECT_TRUE(fails(1)) << "who sends nothing has begun none";
}

TEST_F(TlsServerTest, TooManyHandshakesEndTheOneThatBeganFirst) {
  options_.tls_handshakes_max = 3;
  start();
  std::vector<RawClient> slow;
  for (int i = 0; i < 3; ++i) {
    slow.push_back(plain());
    slow.back().send("\x16");
  }
  RawClient client = connect();
  EXPECT_EQ(ask(client), "HTTP/1.1 200");
  EXPECT_TRUE(slow.front().is_closed_by_peer());
  EXPECT_TRUE(fails(1)) << "the others may go on";
}

TEST_F(TlsServerTest, AHandshakeCountsAsARequestOfItsAddress) {
  limit_loopback();
  config_.requests_per_address_burst = 3;
  config_.requests_per_address_per_s = 1;
  start();
  const std::vector<bool> got_through = {speaks(0), speaks(0), speaks(0), speaks(0)};
  EXPECT_EQ(got_through, (std::vector<bool>{true, true, true, false}));
}

TEST_F(TlsServerTest, ANewCertificateIsForNewConnectionsAndOldOnesLiveOn) {
  start();
  RawClient before = connect();
  EXPECT_EQ(ask(before), "HTTP/1.1 200");
  tls_files_.write(test::make_tls_pem({.name = "new.example.com", .is_rsa = true}));
  EXPECT_TRUE(connect().server_is("localhost")) << "until somebody says so";
  run([this] { server_->reload_tls(); });
  EXPECT_TRUE(connect().server_is("new.example.com"));
  EXPECT_EQ(run([this] { return server_->tls_host_name(); }), "new.example.com");
  EXPECT_EQ(ask(before), "HTTP/1.1 200");
  EXPECT_TRUE(before.server_is("localhost"));
}

TEST_F(TlsServerTest, AnOpenWebSocketLivesOnWhenTheCertificateIsReplaced) {
  start();
  RawClient client(server_->websocket_port(), true);
  client.send(
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Protocol: janus-protocol\r\n\r\n");
  EXPECT_EQ(status_of(client.receive_until("\r\n\r\n")), "HTTP/1.1 101");
  tls_files_.write(test::make_tls_pem({.name = "new.example.com"}));
  run([this] { server_->reload_tls(); });
  EXPECT_TRUE(RawClient(server_->websocket_port(), true).server_is("new.example.com"));
  const std::string masked_hello = {'\x81', '\x82', 0, 0, 0, 0, 'h', 'i'};
  client.send(masked_hello);
  EXPECT_EQ(client.receive(4), "\x81\x02hi");
}

TEST_F(TlsServerTest, FilesThatAreNotGoodLeaveTheOldCertificateInUse) {
  start();
  TlsFilesForTests::replace(tls_files_.key(), test::make_tls_pem().key);
  run([this] { server_->reload_tls(); });
  EXPECT_TRUE(connect().server_is("localhost"));
  std::filesystem::remove(tls_files_.key());
  run([this] { server_->reload_tls(); });
  EXPECT_TRUE(connect().server_is("localhost"));
}

TEST_F(TlsServerTest, OtherFilesUnderTheSameNamesAreTakenByThemselves) {
  options_.tls_files_interval = milliseconds(10);
  start();
  EXPECT_TRUE(connect().server_is("localhost"));
  const test::TlsPem pem = test::make_tls_pem({.name = "new.example.com"});
  TlsFilesForTests::replace(tls_files_.certificate(), pem.certificate);
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_TRUE(connect().server_is("localhost")) << "the key does not belong to it yet";
  TlsFilesForTests::replace(tls_files_.key(), pem.key);
  EXPECT_TRUE(becomes("new.example.com"));
}

TEST_F(TlsServerTest, WithoutGoodFilesNothingListens) {
  std::filesystem::remove(tls_files_.key());
  const auto opened = SignallingServer::open(io_, config_, kFiles, options_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_TRUE(opened.error().starts_with("signalling.tls_key: " + tls_files_.key() + ": "))
      << opened.error();
}

TEST_F(TlsServerTest, ClientsInTheirHandshakeDoNotKeepTheServerFromStopping) {
  start();
  RawClient silent = plain();
  RawClient slow = plain();
  slow.send("\x16");
  RawClient idle = connect();
  stop();
  EXPECT_TRUE(silent.is_closed_by_peer());
  EXPECT_TRUE(slow.is_closed_by_peer());
  EXPECT_TRUE(idle.is_closed_by_peer());
}

}  // namespace
}  // namespace penstock
