// The WebSocket connection. An even first byte: the rest is frames after a good handshake; odd:
// the rest is the handshake itself.
#include "tests/fuzz/http/connection_fuzz.h"

namespace {

constexpr std::string_view kHandshake =
    "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: janus-protocol\r\n\r\n";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > 65'536) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  penstock::FuzzConnection<penstock::WebSocketConnection> connection;
  if (data[0] % 2 == 0) connection.send(kHandshake);
  connection.send(bytes);
  connection.finish();
  return 0;
}
