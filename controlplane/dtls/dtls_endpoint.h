// One DTLS association (RFC 6347) with its SRTP keys (RFC 5764): datagrams and time in, datagrams
// and state out; no socket, no clock. Owned by one transport and used by one thread at a time.
//
// An endpoint takes some 10 KB, 60 KB while it handshakes and 40 KB afterwards (75 KB since OpenSSL
// 3.2), so it is made only after an authenticated STUN check and within HandshakeLimiter, and it is
// fed only from validated pairs. Keys exist only if the peer's certificate matched the SDP (RFC
// 8842 section 5.1).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "controlplane/dtls/dtls_context.h"
#include "controlplane/dtls/fingerprint.h"
#include "dataplane/base/time.h"
#include "dataplane/rtp/media_types.h"

namespace penstock {

// From a=setup (RFC 8842 section 5.2): we are the client when our description says "active".
enum class DtlsRole : std::uint8_t { kClient, kServer };

enum class DtlsState : std::uint8_t {
  kNew,          // start() was not called
  kHandshaking,  // includes a server that waits for the ClientHello
  kConnected,    // srtp_keys() are there, if the peer has SRTP
  kFailed,       // failure_reason() says why; nothing more is sent or accepted
  kClosed,       // close() was called, or the connected peer sent close_notify
};
std::string_view to_string(DtlsState state);

struct DtlsCounters {
  std::uint64_t datagrams_received = 0;
  std::uint64_t datagrams_sent = 0;
  std::uint64_t datagrams_discarded = 0;  // not DTLS, wrong epoch, failed authentication, replayed
  std::uint64_t records_discarded = 0;    // before OpenSSL saw them (DtlsRecordFilter)
  std::uint64_t application_records_received = 0;
  std::uint64_t retransmissions = 0;  // of a whole flight, by our timer
};

class DtlsEndpoint {
 public:
  // `expected` are the fingerprints of the peer's description; with none of them no handshake can
  // succeed (RFC 8842 section 5.3).
  DtlsEndpoint(const DtlsContext& context, DtlsRole role, const Fingerprints& expected);
  ~DtlsEndpoint();
  DtlsEndpoint(DtlsEndpoint&&) noexcept;
  DtlsEndpoint& operator=(DtlsEndpoint&&) noexcept;

  // Starts the handshake and its time limit; a client's ClientHello is then ready in poll_output().
  void start(Timestamp now);
  // Takes one datagram of the peer. Anything that is not a valid record is discarded and counted.
  void handle_datagram(Timestamp now, std::span<const std::uint8_t> datagram);
  // To be called at or after next_timeout(); sends a flight again or gives up.
  void handle_timeout(Timestamp now);
  // kNever when nothing is to be timed.
  Timestamp next_timeout() const;
  // Moves the next datagram to send into `datagram`; false if there is none. No datagram is longer
  // than DtlsOptions::datagram_bytes_max.
  [[nodiscard]] bool poll_output(std::vector<std::uint8_t>& datagram);
  // Seals each as a record of its own, in a datagram of its own: data of ours (RFC 8261). Does
  // nothing unless connected. At most datagram_bytes_max less 37 bytes each, and 32 before the next
  // poll_output().
  void send(Timestamp now, std::span<const std::vector<std::uint8_t>> data);
  // Moves the oldest of the peer's data out, a record each; false if there is none. Of what nobody
  // takes only some is kept.
  [[nodiscard]] bool poll_data(std::vector<std::uint8_t>& data);
  // Sends close_notify if there is a connection to close. The last datagrams can still be polled.
  void close(Timestamp now);

  DtlsState state() const;
  // The keys of both directions from our point of view; absent unless the peer's certificate
  // matched, the handshake finished and an SRTP profile was agreed (RFC 5764 section 4.1.1: without
  // one there is no media, but there may be data). Stay until the end.
  const std::optional<SrtpKeys>& srtp_keys() const;
  // Why the state is kFailed, for the API's hangup event: "DTLS timeout", "DTLS alert" (the peer
  // gave up), "DTLS fingerprint mismatch", "DTLS error". Empty otherwise.
  std::string_view failure_reason() const;
  // More of it for logs, such as the alert's name or OpenSSL's reason. May be empty.
  std::string_view failure_detail() const;
  const DtlsCounters& counters() const;

 private:
  class Association;  // keeps OpenSSL out of this header, and a fixed address for its callbacks
  std::unique_ptr<Association> association_;
};

}  // namespace penstock
