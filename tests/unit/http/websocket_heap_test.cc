// What a WebSocket takes of the heap while nothing is said on it, and that the sum which is printed
// at start says so.
#include "controlplane/http/websocket_heap.h"

#include <malloc.h>

#include "tests/support/sanitized.h"
#include "tests/unit/http/signalling_fixture.h"

namespace penstock {
namespace {

// As many as make what the allocator keeps for each thread a small part.
constexpr std::size_t kWebSockets = 200;

class WebSocketHeapTest : public SignallingFixture {
 protected:
  static std::size_t heap_in_use() {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
  }

  // Once the server has done what it had to.
  static std::size_t heap_at_rest() {
    std::size_t bytes = heap_in_use();
    for (std::size_t last = 0; bytes != last;) {
      last = std::exchange(bytes, 0);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      bytes = heap_in_use();
    }
    return bytes;
  }

  // As a browser asks.
  RawClient connect() {
    RawClient client(server_->websocket_port());
    client.send(
        "GET / HTTP/1.1\r\nHost: sfu.example.org:8188\r\nConnection: Upgrade\r\n"
        "Pragma: no-cache\r\nCache-Control: no-cache\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/156.0.0.0 Safari/537.36\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
        "Sec-WebSocket-Protocol: janus-protocol\r\n\r\n");
    EXPECT_EQ(status_of(client.receive_until("\r\n\r\n")), "HTTP/1.1 101");
    return client;
  }

  // A message as long as an offer, and its echo.
  static void talk(RawClient& client) {
    const std::string text(4'000, 'x');
    const std::string size = {static_cast<char>(text.size() >> 8),
                              static_cast<char>(text.size() & 0xFF)};
    const std::string no_mask(4, '\0');
    client.send("\x81\xFE" + size + no_mask + text);
    EXPECT_EQ(client.receive(4 + text.size()), "\x81\x7E" + size + text);
  }

  // The server's connections end; the clients keep what they have.
  void drop_all() {
    run([this] { server_->drop_all(); });
    while (run([this] { return server_->connections(); }) > 0) std::this_thread::yield();
  }
};

TEST_F(WebSocketHeapTest, AnIdleOneTakesWhatTheSumSays) {
  config_.connections_per_address_max = 2 * kWebSockets;
  core_.on_text = [this](ChannelId channel, std::string_view text) {
    server_->send(channel, std::string(text));
  };
  start();
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < kWebSockets; ++i) {
    clients.push_back(connect());
    for (int message = 0; message < 3; ++message) talk(clients.back());
  }
  const std::size_t before = heap_at_rest();
  drop_all();
  if (test::kIsSanitized) return;  // it has an allocator of its own, which does not count
  const std::size_t each = (before - heap_at_rest()) / kWebSockets;
  const std::size_t expected = kWebSocketHeapBytes + (kOverTls ? kTlsHeapBytes : 0);
  EXPECT_LE(each, expected);
  EXPECT_GE(each, expected * 3 / 4) << "the sum is far from the truth";
}

}  // namespace
}  // namespace penstock
