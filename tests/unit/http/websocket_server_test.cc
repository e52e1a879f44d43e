// The WebSocket listener from the outside, frame by frame (RFC 6455).
#include <algorithm>
#include <ostream>

#include "controlplane/signalling/limits.h"
#include "tests/unit/http/signalling_fixture.h"
#include "tests/unit/http/tcp_segments.h"

namespace penstock {
namespace {

using std::chrono::milliseconds;

constexpr unsigned char kFin = 0x80;
constexpr unsigned char kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9,
                        kPong = 10;

// A masked client frame; the length may lie.
std::string frame(unsigned first_byte, std::string_view payload) {
  std::string bytes(1, static_cast<char>(first_byte));
  if (payload.size() < 126) {
    bytes += static_cast<char>(0x80 | payload.size());
  } else if (payload.size() < 65'536) {
    bytes += static_cast<char>(0x80 | 126);
    bytes += static_cast<char>(payload.size() >> 8);
    bytes += static_cast<char>(payload.size() & 0xFF);
  } else {
    bytes += static_cast<char>(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes += static_cast<char>((payload.size() >> shift) & 0xFF);
    }
  }
  constexpr std::string_view kMask = "\x11\x22\x33\x44";
  bytes += kMask;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    bytes += static_cast<char>(payload[i] ^ kMask[i % 4]);
  }
  return bytes;
}

std::string unmasked(unsigned first_byte, std::string_view payload) {
  return std::string(1, static_cast<char>(first_byte)) + static_cast<char>(payload.size()) +
         std::string(payload);
}

std::string close_frame(unsigned code) {
  const char payload[] = {static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return frame(kFin | kClose, {payload, 2});
}

struct Frame {
  unsigned first_byte = 0;
  std::string payload;

  unsigned close_code() const {
    return payload.size() < 2 ? 0
                              : static_cast<unsigned char>(payload[0]) * 256U +
                                    static_cast<unsigned char>(payload[1]);
  }
};

class WebSocketServerTest : public SignallingFixture {
 protected:
  static std::string upgrade(std::string_view more = "") {
    return "GET /any HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
           std::string(more) + "\r\n";
  }
  static std::string good_upgrade() {
    return upgrade("Sec-WebSocket-Protocol: janus-protocol\r\n");
  }

  RawClient connect() {
    RawClient client(server_->websocket_port());
    client.send(good_upgrade());
    EXPECT_EQ(status_of(client.receive_until("\r\n\r\n")), "HTTP/1.1 101");
    return client;
  }

  static Frame read_frame(RawClient& client) {
    Frame read;
    const std::string head = client.receive(2);
    if (head.size() < 2) return read;
    read.first_byte = static_cast<unsigned char>(head[0]);
    std::size_t size = static_cast<unsigned char>(head[1]);
    const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (more > 0) {
      size = 0;
      for (const char c : client.receive(more)) size = size * 256 + static_cast<unsigned char>(c);
    }
    read.payload = client.receive(size);
    return read;
  }

  std::string refused(const std::string& request) {
    RawClient client(server_->websocket_port());
    client.send(request);
    return client.receive_all();
  }
};

TEST_F(WebSocketServerTest, HandshakeEchoesTheSubprotocolAndProvesTheKey) {
  start();
  RawClient client(server_->websocket_port());
  client.send(good_upgrade());
  const std::string response = client.receive_until("\r\n\r\n");
  EXPECT_EQ(status_of(response), "HTTP/1.1 101");
  EXPECT_NE(response.find("Sec-WebSocket-Protocol: janus-protocol\r\n"), std::string::npos);
  EXPECT_NE(response.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos);  // RFC 6455 1.3
  EXPECT_EQ(response.find("Sec-WebSocket-Extensions"), std::string::npos);
  EXPECT_TRUE(core_.saw("open"));
}

TEST_F(WebSocketServerTest, CompressionIsNotTakenUp) {
  start();
  RawClient client(server_->websocket_port());
  client.send(
      upgrade("Sec-WebSocket-Protocol: janus-protocol\r\n"
              "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
  EXPECT_EQ(client.receive_until("\r\n\r\n").find("deflate"), std::string::npos);
}

TEST_F(WebSocketServerTest, MessagesGoBothWays) {
  core_.on_text = [this](ChannelId channel, std::string_view text) {
    server_->send(channel, "echo " + std::string(text));
    server_->send(channel, "again");
  };
  start();
  RawClient client = connect();
  client.send(frame(kFin | kText, "{}"));
  const Frame first = read_frame(client);
  EXPECT_EQ(first.first_byte, kFin | kText);
  EXPECT_EQ(first.payload, "echo {}");
  EXPECT_EQ(read_frame(client).payload, "again");
}

TEST_F(WebSocketServerTest, WhatIsSaidTogetherComesInOneSegment) {
  core_.on_text = [this](ChannelId channel, std::string_view) {
    for (const char* text : {"ack", "event", "more"}) server_->send(channel, text);
  };
  start();
  RawClient client = connect();
  const std::uint32_t before = data_segments_received(client.descriptor());
  client.send(frame(kFin | kText, "{}"));
  EXPECT_EQ(read_frame(client).payload, "ack");
  EXPECT_EQ(read_frame(client).payload, "event");
  EXPECT_EQ(read_frame(client).payload, "more");
  const std::uint32_t segments = data_segments_received(client.descriptor()) - before;
  EXPECT_EQ(segments, kOverTls ? 3U : 1U);
}

TEST_F(WebSocketServerTest, FragmentsMakeOneMessageWithControlFramesBetween) {
  start();
  RawClient client = connect();
  client.send(frame(kText, "one "));
  client.send(frame(kFin | kPing, "p"));
  client.send(frame(kContinuation, "two "));
  client.send(frame(kFin | kContinuation, "three"));
  const Frame pong = read_frame(client);
  EXPECT_EQ(pong.first_byte, kFin | kPong);
  EXPECT_EQ(pong.payload, "p");
  EXPECT_TRUE(core_.saw("message one two three"));
}

TEST_F(WebSocketServerTest, UnsolicitedPongIsIgnored) {
  start();
  RawClient client = connect();
  client.send(frame(kFin | kPong, "x") + frame(kFin | kText, "after"));
  EXPECT_TRUE(core_.saw("message after"));
}

TEST_F(WebSocketServerTest, TheLargestMessagePasses) {
  start();
  RawClient client = connect();
  client.send(frame(kFin | kText, std::string(config_.message_bytes_max, 'x')));
  EXPECT_TRUE(core_.saw("message " + std::string(100, 'x')));
}

TEST_F(WebSocketServerTest, HowLargeAMessageMayBeIsConfigured) {
  config_.message_bytes_max = 4 * 1024 * 1024;
  start();
  RawClient client = connect();
  client.send(frame(kFin | kText, std::string(config_.message_bytes_max, 'x')));
  EXPECT_TRUE(core_.saw("message " + std::string(100, 'x')));
  // In as many pieces as a small MTU makes of it.
  std::string pieces = frame(kText, "yy");
  for (int i = 0; i < 3'000; ++i) pieces += frame(kContinuation, std::string(1'200, 'y'));
  client.send(pieces + frame(kFin | kContinuation, "y"));
  EXPECT_TRUE(core_.saw("message " + std::string(100, 'y')));
  client.send(frame(kFin | kText, std::string(config_.message_bytes_max + 1, 'x')));
  EXPECT_EQ(read_frame(client).close_code(), 1009U);
}

TEST_F(WebSocketServerTest, CloseIsEchoedAndReported) {
  start();
  RawClient client = connect();
  client.send(close_frame(1000));
  const Frame reply = read_frame(client);
  EXPECT_EQ(reply.first_byte, kFin | kClose);
  EXPECT_EQ(reply.close_code(), 1000U);
  EXPECT_TRUE(client.is_closed_by_peer());
  client.close();
  EXPECT_TRUE(core_.saw("close"));
}

TEST_F(WebSocketServerTest, AClientThatVanishesIsReported) {
  start();
  RawClient client = connect();
  ASSERT_TRUE(core_.saw("open"));
  client.close();
  EXPECT_TRUE(core_.saw("close"));
}

TEST_F(WebSocketServerTest, CoreClosesAfterWhatIsQueued) {
  core_.on_text = [this](ChannelId channel, std::string_view) {
    server_->send(channel, "last words");
    server_->close(channel, ChannelCloseReason::kSessionTimeout);
    server_->send(channel, "too late");
  };
  start();
  RawClient client = connect();
  client.send(frame(kFin | kText, "x") + frame(kFin | kText, "not delivered"));
  EXPECT_EQ(read_frame(client).payload, "last words");
  const Frame close = read_frame(client);
  EXPECT_EQ(close.first_byte, kFin | kClose);
  EXPECT_EQ(close.close_code(), 3504U);
  client.send(close_frame(3504));
  client.close();
  EXPECT_TRUE(core_.saw("close"));
  EXPECT_EQ(core_.count("message not delivered"), 0U);
}

TEST_F(WebSocketServerTest, AClientThatDoesNotFinishTheCloseIsDropped) {
  options_.websocket_close_deadline = milliseconds(100);
  core_.on_text = [this](ChannelId channel, std::string_view) {
    server_->close(channel, ChannelCloseReason::kNormal);
  };
  start();
  RawClient client = connect();
  client.send(frame(kFin | kText, "x"));
  EXPECT_TRUE(client.is_closed_by_peer());
  EXPECT_TRUE(core_.saw("close"));
}

TEST_F(WebSocketServerTest, ABadFrameDuringTheCloseDoesNotHoldTheConnection) {
  options_.websocket_close_deadline = milliseconds(100);
  start();
  RawClient client = connect();
  client.send(frame(kFin | kBinary, "makes us close") + unmasked(kFin | kText, "x"));
  EXPECT_TRUE(client.is_closed_by_peer());
  EXPECT_TRUE(core_.saw("close"));
}

TEST_F(WebSocketServerTest, AnIdleClientIsPingedAndThenDropped) {
  options_.websocket_idle_ping = milliseconds(100);
  start();
  RawClient client = connect();
  EXPECT_EQ(read_frame(client).first_byte, kFin | kPing);
  EXPECT_TRUE(client.is_closed_by_peer());
  EXPECT_TRUE(core_.saw("close"));
}

TEST_F(WebSocketServerTest, AnIdleClientThatAnswersStays) {
  options_.websocket_idle_ping = milliseconds(50);
  start();
  RawClient client = connect();
  for (int i = 0; i < 5; ++i) {
    const Frame ping = read_frame(client);
    ASSERT_EQ(ping.first_byte, kFin | kPing) << i;
    client.send(frame(kFin | kPong, ping.payload));
  }
  client.send(frame(kFin | kText, "still here"));
  EXPECT_TRUE(core_.saw("message still here"));
}

TEST_F(WebSocketServerTest, StoppingClosesWithGoingAway) {
  start();
  RawClient client = connect();
  ASSERT_TRUE(core_.saw("open"));
  stop();
  EXPECT_EQ(read_frame(client).close_code(), 1001U);
  client.send(close_frame(1001));
  client.close();
  EXPECT_TRUE(core_.saw("close"));
}

TEST_F(WebSocketServerTest, DroppingAllEndsConnectionsThatDoNotClose) {
  start();
  RawClient client = connect();
  ASSERT_TRUE(core_.saw("open"));
  stop();
  EXPECT_EQ(read_frame(client).close_code(), 1001U);
  run([this] { server_->drop_all(); });
  EXPECT_TRUE(core_.saw("close"));  // long before the deadline of the closing handshake
}

TEST_F(WebSocketServerTest, AnExceptionOfOneMessageEndsThatConnectionOnly) {
  core_.on_text = [](ChannelId, std::string_view text) {
    if (text == "bad") throw std::runtime_error("of a test");
  };
  start();
  RawClient bystander = connect();
  RawClient client = connect();
  client.send(frame(kFin | kText, "bad"));
  EXPECT_TRUE(client.is_closed_by_peer());
  EXPECT_TRUE(core_.saw("close"));
  bystander.send(frame(kFin | kText, "good"));
  EXPECT_TRUE(core_.saw("message good"));
  EXPECT_EQ(run([this] { return server_->stats().failed; }), 1U);
}

TEST_F(WebSocketServerTest, AnExceptionWhileOpeningEndsThatConnectionOnly) {
  bool must_fail = true;
  core_.on_connect = [&](ChannelId) {
    if (std::exchange(must_fail, false)) throw std::runtime_error("of a test");
  };
  start();
  RawClient client(server_->websocket_port());
  client.send(good_upgrade());
  EXPECT_TRUE(client.is_closed_by_peer());
  run([this] { server_->send(core_.last_channel(), "goes nowhere"); });
  RawClient next = connect();
  next.send(frame(kFin | kText, "good"));
  EXPECT_TRUE(core_.saw("message good"));
  EXPECT_EQ(run([this] { return server_->stats().failed; }), 1U);
  core_.forget_open();  // which is not reported to have closed
}

TEST_F(WebSocketServerTest, AnExceptionWhileClosingIsContained) {
  core_.on_disconnect = [](ChannelId) { throw std::runtime_error("of a test"); };
  start();
  connect().close();
  EXPECT_TRUE(core_.saw("close"));
  RawClient next = connect();
  next.send(frame(kFin | kText, "good"));
  EXPECT_TRUE(core_.saw("message good"));
  EXPECT_EQ(run([this] { return server_->stats().failed; }), 1U);
}

TEST_F(WebSocketServerTest, UnknownChannelsAreIgnored) {
  start();
  run([this] {
    server_->send(ChannelId{999}, "x");
    server_->close(ChannelId{999}, ChannelCloseReason::kNormal);
  });
}

TEST_F(WebSocketServerTest, AClientOverItsRateIsReadLaterAndLosesNothing) {
  limit_loopback();
  config_.requests_per_address_per_s = 20;
  config_.requests_per_address_burst = 2;
  start();
  RawClient client = connect();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 1; i <= 6; ++i) client.send(frame(kFin | kText, std::to_string(i)));
  EXPECT_TRUE(core_.saw("message 6"));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(150));
  EXPECT_EQ(core_.events().size(), 7U);
}

TEST_F(WebSocketServerTest, TooManyFragmentsAreRefused) {
  start();
  RawClient client = connect();
  std::string fragments = frame(kText, "a");
  for (std::size_t i = 0; i < kWebSocketPiecesMax + 10; ++i) fragments += frame(kContinuation, "a");
  client.send(fragments);
  EXPECT_EQ(read_frame(client).close_code(), 1008U);
}

struct BadFrames {
  const char* name;
  std::string bytes;
  unsigned close_code;
};

std::ostream& operator<<(std::ostream& out, const BadFrames& bad) { return out << bad.name; }

class WebSocketFrameTest : public WebSocketServerTest,
                           public testing::WithParamInterface<BadFrames> {};

TEST_P(WebSocketFrameTest, FailsTheConnectionWithItsCode) {
  start();
  RawClient client = connect();
  client.send(GetParam().bytes);
  const Frame reply = read_frame(client);
  EXPECT_EQ(reply.first_byte, kFin | kClose);
  EXPECT_EQ(reply.close_code(), GetParam().close_code);
  client.send(close_frame(GetParam().close_code));
  EXPECT_TRUE(client.is_closed_by_peer());
  client.close();
  EXPECT_TRUE(core_.saw("close"));
  EXPECT_EQ(core_.events().size(), 2U) << "nothing but open and close";
}

INSTANTIATE_TEST_SUITE_P(
    All, WebSocketFrameTest,
    testing::Values(
        BadFrames{"unmasked", unmasked(kFin | kText, "x"), 1002},
        BadFrames{"RSV1", frame(kFin | 0x40 | kText, "x"), 1002},
        BadFrames{"RSV2", frame(kFin | 0x20 | kText, "x"), 1002},
        BadFrames{"RSV3", frame(kFin | 0x10 | kText, "x"), 1002},
        BadFrames{"reserved opcode 3", frame(kFin | 3, "x"), 1002},
        BadFrames{"reserved control opcode 11", frame(kFin | 11, "x"), 1002},
        BadFrames{"fragmented ping", frame(kPing, "x"), 1002},
        BadFrames{"fragmented close", frame(kClose, ""), 1002},
        BadFrames{"long ping", frame(kFin | kPing, std::string(126, 'x')), 1002},
        BadFrames{"continuation of nothing", frame(kFin | kContinuation, "x"), 1002},
        BadFrames{"text within a message", frame(kText, "a") + frame(kFin | kText, "b"), 1002},
        BadFrames{"close with one byte", frame(kFin | kClose, "x"), 1002},
        BadFrames{"close with a reserved code", close_frame(1005), 1002},
        BadFrames{"length not minimal, 16 bits",
                  std::string("\x81\xFE\x00\x01\x00\x00\x00\x00x", 9), 1002},
        BadFrames{"length not minimal, 64 bits",
                  std::string("\x81\xFF\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00x", 15),
                  1002},
        BadFrames{"length 2^63",
                  std::string("\x81\xFF\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 14),
                  1009},
        BadFrames{"length 2^62",
                  std::string("\x81\xFF\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 14),
                  1009},
        BadFrames{"message too big", frame(kFin | kText, std::string(262'145, 'x')), 1009},
        BadFrames{"fragments too big",
                  frame(kText, std::string(200'000, 'x')) +
                      frame(kFin | kContinuation, std::string(100'000, 'x')),
                  1009},
        BadFrames{"bad UTF-8", frame(kFin | kText, "\xC0\x80"), 1007},
        BadFrames{"UTF-8 surrogate", frame(kFin | kText, "\xED\xA0\x80"), 1007},
        BadFrames{"UTF-8 cut off", frame(kFin | kText, "\xE2\x82"), 1007},
        BadFrames{"binary", frame(kFin | kBinary, "x"), 1003}));

struct BadUpgrade {
  const char* name;
  std::string request;
  const char* status;
};

std::ostream& operator<<(std::ostream& out, const BadUpgrade& bad) { return out << bad.name; }

class WebSocketUpgradeTest : public WebSocketServerTest,
                             public testing::WithParamInterface<BadUpgrade> {};

const std::string kUpgradeHead =
    "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
const std::string kProtocol = "Sec-WebSocket-Protocol: janus-protocol\r\n";
const std::string kKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

TEST_P(WebSocketUpgradeTest, IsRefusedWithItsStatus) {
  config_.allowed_origins = {"https://meet.example.com"};
  start();
  EXPECT_EQ(status_of(refused(GetParam().request)), GetParam().status);
  EXPECT_TRUE(core_.events().empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, WebSocketUpgradeTest,
    testing::Values(
        BadUpgrade{"plain GET", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 426"},
        BadUpgrade{"POST", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
                   "HTTP/1.1 405"},
        BadUpgrade{"version 8",
                   kUpgradeHead + kKey + kProtocol + "Sec-WebSocket-Version: 8\r\n\r\n",
                   "HTTP/1.1 426"},
        BadUpgrade{"no key", kUpgradeHead + kProtocol + "Sec-WebSocket-Version: 13\r\n\r\n",
                   "HTTP/1.1 400"},
        BadUpgrade{"no subprotocol", kUpgradeHead + kKey + "Sec-WebSocket-Version: 13\r\n\r\n",
                   "HTTP/1.1 400"},
        BadUpgrade{"wrong subprotocol",
                   kUpgradeHead + kKey +
                       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: janus\r\n\r\n",
                   "HTTP/1.1 400"},
        BadUpgrade{"wrong origin",
                   kUpgradeHead + kKey + kProtocol +
                       "Sec-WebSocket-Version: 13\r\nOrigin: https://evil.example\r\n\r\n",
                   "HTTP/1.1 403"},
        BadUpgrade{"data before the handshake ends",
                   kUpgradeHead + kKey + kProtocol + "Sec-WebSocket-Version: 13\r\n\r\n" +
                       frame(kFin | kText, "x"),
                   "HTTP/1.1 400"},
        BadUpgrade{"no Host",
                   "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + kKey +
                       kProtocol + "Sec-WebSocket-Version: 13\r\n\r\n",
                   "HTTP/1.1 400"},
        BadUpgrade{"bare LF", "GET / HTTP/1.1\nHost: h\n\n", "HTTP/1.1 400"},
        BadUpgrade{"huge header",
                   "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n",
                   "HTTP/1.1 431"}));

TEST_F(WebSocketServerTest, AHandshakeThatNeverEndsIsCutOff) {
  options_.header_deadline = milliseconds(100);
  start();
  EXPECT_EQ(status_of(refused("GET / HTTP/1.1\r\nHost: h\r\n")), "HTTP/1.1 408");
}

TEST_F(WebSocketServerTest, AForeignPageMayNotConnect) {
  start();
  const std::string response = refused(upgrade(kProtocol + "Origin: https://evil.example\r\n"));
  EXPECT_EQ(status_of(response), "HTTP/1.1 403");
  EXPECT_NE(response.find("signalling.allowed_origins"), std::string::npos) << response;
  EXPECT_TRUE(core_.events().empty());
  RawClient client(server_->websocket_port());
  client.send(upgrade(kProtocol + "Origin: http://localhost:8088\r\n"));
  EXPECT_EQ(status_of(client.receive_until("\r\n\r\n")), "HTTP/1.1 101");
}

TEST_F(WebSocketServerTest, AllowedOriginMayConnect) {
  config_.allowed_origins = {"https://meet.example.com"};
  start();
  RawClient client(server_->websocket_port());
  client.send(upgrade(kProtocol + "Origin: https://meet.example.com\r\n"));
  EXPECT_EQ(status_of(client.receive_until("\r\n\r\n")), "HTTP/1.1 101");
}

}  // namespace
}  // namespace penstock
