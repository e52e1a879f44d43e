// The data channels of one peer (RFC 8831, 8832): its association, which channels there are on it,
// and what waits to be sent. Owned by the DataRelay; control thread. Packets, messages and time
// in; packets out, and what happens to an observer.
//
// The observer is called from handle_packet() and take_events() alone, never from what the owner
// asks for: whoever sends or closes learns by the result.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "controlplane/datachannel/data_stats.h"
#include "controlplane/datachannel/dcep.h"
#include "controlplane/datachannel/send_queue.h"
#include "controlplane/sctp/sctp_association.h"

namespace penstock {

struct DataMessage {
  bool is_text = false;
  std::span<const std::uint8_t> bytes;  // may be none
};

class DataConnectionObserver {
 public:
  virtual ~DataConnectionObserver() = default;
  virtual void on_data_connected(Timestamp now) = 0;
  // By the peer.
  virtual void on_channel_opened(std::uint16_t stream, const DataChannelParameters&,
                                 Timestamp now) = 0;
  virtual void on_message(std::uint16_t stream, const DataMessage& message, Timestamp now) = 0;
  // By the peer, or the association is gone; whoever opened it.
  virtual void on_channel_closed(std::uint16_t stream, Timestamp now) = 0;
};

struct DataConnectionOptions {
  SctpOptions sctp{};
  // Who is the DTLS client has the even streams for the channels that it opens (RFC 8832 section
  // 6).
  bool is_dtls_client = false;
  // Of the peer's description (RFC 8841 section 6); 0: any.
  std::uint64_t peer_message_bytes_max = 65'536;
  std::size_t queue_bytes_max = kDataQueueBytesMax;
  Duration unreliable_age_max = kUnreliableAgeMax;
};

class DataConnection {
 public:
  enum class Sent : std::uint8_t {
    kTaken,    // it is on its way, or waits
    kDropped,  // it is not worth waiting, or too large for the peer
    kClosed,   // there is no such channel, or there is none any more: it had to be closed
  };

  DataConnection(const DataConnectionOptions& options, DataConnectionObserver& observer,
                 DataStats& stats, std::function<void()> on_ready, Timestamp now);

  // DTLS is there.
  void connect(Timestamp now);
  void handle_packet(std::span<const std::uint8_t> packet, Timestamp now);
  // To be called when the connection has said that it is ready: takes what timers have led to, and
  // sends what waits.
  void take_events(Timestamp now);
  [[nodiscard]] bool poll_packet(std::vector<std::uint8_t>& packet) {
    return association_.poll_packet(packet);
  }

  // The stream of a new channel; none: the association is not there, or all streams are in use.
  std::optional<std::uint16_t> open(const DataChannelParameters& parameters, Timestamp now);
  Sent send(std::uint16_t stream, const DataMessage& message, Timestamp now);
  // Unknown: no-op.
  void close(std::uint16_t stream, Timestamp now);
  // For tests of what peers must not send.
  void send_raw(std::uint16_t stream, std::uint32_t protocol, std::span<const std::uint8_t> bytes,
                Timestamp now) {
    association_.send(now, {.stream = stream, .protocol = protocol, .bytes = bytes});
  }

  // Something waits: take_events() is to be called with each tick.
  bool is_waiting() const { return is_waiting_ || !queue_.empty(); }
  bool is_connected() const { return association_.is_connected() && !association_.is_closed(); }
  std::size_t queued_bytes() const { return queue_.bytes(); }
  // Open ones.
  std::size_t channel_count() const;

 private:
  enum class ChannelState : std::uint8_t {
    kOpening,  // by us: not acknowledged yet
    kOpen,
    kClosing,  // what we send is being reset
  };
  struct Channel {
    DataChannelParameters parameters;
    ChannelState state = ChannelState::kOpen;
    bool is_reset_by_us = false;
    bool is_reset_by_peer = false;
  };
  using Channels = std::map<std::uint16_t, Channel>;

  void handle_event(const SctpEvent& event, Timestamp now);
  void handle_message(const SctpEvent& event, Timestamp now);
  void handle_control(const SctpEvent& event, Timestamp now);
  void handle_open(const SctpEvent& event, Timestamp now);
  void handle_reset(std::uint16_t stream, Timestamp now);
  void handle_freed(std::uint16_t stream);
  void handle_closed(Timestamp now);
  void refuse(std::uint16_t stream, Timestamp now);
  void send_control(std::uint16_t stream, std::vector<std::uint8_t> bytes, Timestamp now);
  void begin_closing(std::uint16_t stream, Channel& channel, Timestamp now);
  void forget_if_over(Channels::iterator channel);
  void drain(Timestamp now);
  bool send_front(Timestamp now);
  Sent enqueue(const Channel& channel, QueuedMessage message, Timestamp now);
  SctpMessage wire_message(const Channel* channel, std::uint16_t stream) const;
  Duration age_max_of(const DataChannelParameters& parameters) const;
  void count_drops();

  const DataConnectionOptions options_;
  DataConnectionObserver& observer_;
  DataStats& stats_;
  Channels channels_;
  SendQueue queue_;
  bool is_waiting_ = false;  // what is sent now would only wait in the association
  std::uint64_t drops_counted_ = 0;
  std::uint64_t discards_counted_ = 0;
  SctpAssociation association_;
};

}  // namespace penstock
