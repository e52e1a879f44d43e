// What the signalling listeners have done since start and hold now. A value; counted on the control
// thread, shown as metrics.
#pragma once

#include <cstddef>
#include <cstdint>

namespace penstock {

struct SignallingStats {
  std::uint64_t accepted = 0;               // TCP connections
  std::uint64_t refused_full = 0;           // closed at once: too many connections
  std::uint64_t tls_handshakes = 0;         // that were begun
  std::uint64_t tls_handshakes_failed = 0;  // or ended before they were done
  std::uint64_t failed = 0;                 // ended by an exception
  std::uint64_t requests = 0;               // HTTP requests with a well-formed head
  std::uint64_t refused_requests = 0;       // answered 4xx or 5xx by the listener itself
  std::uint64_t rate_limited = 0;           // requests answered 429, messages read later
  std::uint64_t messages_in = 0;            // WebSocket
  std::uint64_t messages_out = 0;
  std::uint64_t slow_readers = 0;  // connections dropped, because too much was unread
  std::size_t connections = 0;     // TCP connections that are open
  std::size_t unread_bytes = 0;    // that clients have been sent and have not read
};

}  // namespace penstock
