// One SCTP association over DTLS (RFC 8261, 8831): packets, messages and time in; packets and
// events out; no socket, no clock. Owned by one peer's data channels; control thread.
//
// Behind it is usrsctp. Its callbacks come in the middle of its own calls, and must not call it
// again: here they only queue, and the owner polls afterwards. The timers of all associations run
// together: SctpStack::advance().
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "controlplane/sctp/limits.h"
#include "controlplane/sctp/unsent_bytes.h"
#include "dataplane/base/time.h"

struct socket;            // usrsctp's
union sctp_notification;  // likewise

namespace penstock {

struct SctpOptions {
  std::uint16_t local_port = 5'000;
  std::uint16_t remote_port = 5'000;
  // That we offer to send on, and take.
  std::uint16_t streams_out = kSctpStreamsMax;
  std::uint16_t streams_in = kSctpStreamsMax;
};

// How many of them, each way.
struct SctpStreams {
  std::uint16_t out = 0;
  std::uint16_t in = 0;
};

// How long a message is worth being sent again (RFC 3758, 7496).
enum class SctpReliability : std::uint8_t { kFull, kLifetime, kRetransmissions };

struct SctpMessage {
  std::uint16_t stream = 0;
  std::uint32_t protocol = 0;  // payload protocol identifier
  bool is_ordered = true;
  SctpReliability reliability = SctpReliability::kFull;
  std::uint32_t reliability_limit = 0;  // milliseconds, or how often
  std::span<const std::uint8_t> bytes;  // at least one, at most kSctpMessageBytesMax
};

struct SctpSent {
  bool is_taken = false;
  // The peer's window is full: of what is given from here on, usrsctp keeps whatever it takes until
  // there is room.
  bool is_waiting = false;
  bool is_refused = false;  // the association or the stream is not usable
};

enum class SctpEventKind : std::uint8_t {
  kConnected,
  kMessage,
  kStreamReset,   // by the peer: it sends nothing more on `stream`
  kStreamIsFree,  // what we had reset is reset: its numbers begin anew
  kClosed,        // by the peer, or it answers no more; nothing follows
};

struct SctpEvent {
  SctpEventKind kind{};
  std::uint16_t stream = 0;
  std::uint32_t protocol = 0;
  std::vector<std::uint8_t> bytes{};
};

struct SctpCounters {
  std::uint64_t packets_discarded = 0;  // short, or their checksum is wrong
};

class SctpAssociation {
 public:
  // `on_ready` is called when there is something to poll after there was nothing; maybe in the
  // middle of a call: it may only take a note.
  SctpAssociation(const SctpOptions& options, std::function<void()> on_ready, Timestamp now);
  ~SctpAssociation();
  SctpAssociation(const SctpAssociation&) = delete;
  SctpAssociation& operator=(const SctpAssociation&) = delete;

  // Both sides do so at once (RFC 8831 section 6.2).
  void connect(Timestamp now);
  void handle_packet(Timestamp now, std::span<const std::uint8_t> packet);
  SctpSent send(Timestamp now, const SctpMessage& message);
  // Some of what was given has not gone out yet.
  bool has_unsent();
  // We send nothing more on the stream, once what is under way has arrived (RFC 6525).
  void reset_stream(Timestamp now, std::uint16_t stream);
  // For tests of what peers may ask for: false if another such request is under way.
  bool add_streams(Timestamp now, const SctpStreams& more);

  // Moves the oldest out; false if there is none.
  [[nodiscard]] bool poll_packet(std::vector<std::uint8_t>& packet);
  [[nodiscard]] bool poll_event(SctpEvent& event);

  bool is_connected() const { return is_connected_; }
  bool is_closed() const { return is_closed_; }
  // We can send on streams below it: what both sides have. 0 before it is connected.
  std::uint16_t outgoing_streams() const { return outgoing_streams_; }
  const SctpCounters& counters() const { return counters_; }

  // Of usrsctp's callbacks.
  void take_output(std::span<std::uint8_t> packet);
  void take_data(std::uint16_t stream, std::uint32_t protocol, std::span<const std::uint8_t> bytes,
                 bool is_end);
  void take_notification(const sctp_notification& notification, std::size_t bytes);
  void take_end() noexcept;

 private:
  void configure();
  bool let_peer_change(std::uint32_t requests);
  void limit_packets();
  void push(SctpEvent event);
  void note_ready();
  void retry_resets();
  bool request_reset(std::uint16_t stream);
  void take_reset(const sctp_notification& notification, std::size_t bytes);
  void close_for_good();

  const std::uint64_t id_;
  const SctpOptions options_;
  std::function<void()> on_ready_;
  struct socket* socket_ = nullptr;
  bool is_connected_ = false;
  bool is_closed_ = false;
  bool is_ready_ = false;
  std::uint16_t outgoing_streams_ = 0;
  UnsentBytes unsent_;
  std::deque<std::vector<std::uint8_t>> outputs_;
  std::deque<SctpEvent> events_;
  std::map<std::uint16_t, SctpEvent> partial_;  // messages that have begun, by stream
  std::size_t partial_bytes_ = 0;
  std::vector<std::uint16_t> resets_due_;
  SctpCounters counters_;
};

}  // namespace penstock
