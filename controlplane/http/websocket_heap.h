// Of heap, that a WebSocket takes while nothing is said on it; the sums of server/pool_plan have it
// (tests/unit/http/websocket_heap_test.cc).
#pragma once

#include <cstddef>

namespace penstock {

// 3 KB are Boost.Beast's, 2.5 KB the coroutines that wait, with what they wait for.
inline constexpr std::size_t kWebSocketHeapBytes = 7 * 1'024 + 512;
// What TLS adds, with any OpenSSL: 68 KB are Boost.Asio's four buffers of a record each.
inline constexpr std::size_t kTlsHeapBytes = 104 * 1'024;

}  // namespace penstock
