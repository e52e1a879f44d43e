#include "controlplane/datachannel/data_connection.h"

#include <algorithm>
#include <array>
#include <utility>

namespace penstock {
namespace {

// An empty message is sent as a byte (RFC 8831 section 6.6).
constexpr std::array<std::uint8_t, 1> kEmptyBytes = {0};

std::uint32_t protocol_of(const DataMessage& message) {
  if (message.bytes.empty()) return message.is_text ? kEmptyTextProtocol : kEmptyBinaryProtocol;
  return message.is_text ? kTextProtocol : kBinaryProtocol;
}

}  // namespace

DataConnection::DataConnection(const DataConnectionOptions& options,
                               DataConnectionObserver& observer, DataStats& stats,
                               std::function<void()> on_ready, Timestamp now)
    : options_(options),
      observer_(observer),
      stats_(stats),
      queue_(options.queue_bytes_max),
      association_(options.sctp, std::move(on_ready), now) {}

void DataConnection::connect(Timestamp now) { association_.connect(now); }

void DataConnection::handle_packet(std::span<const std::uint8_t> packet, Timestamp now) {
  association_.handle_packet(now, packet);
  const std::uint64_t discarded = association_.counters().packets_discarded;
  stats_.packets_discarded += discarded - std::exchange(discards_counted_, discarded);
  take_events(now);
}

void DataConnection::take_events(Timestamp now) {
  SctpEvent event;
  while (association_.poll_event(event)) handle_event(event, now);
  drain(now);
}

std::size_t DataConnection::channel_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      channels_, [](const auto& entry) { return entry.second.state != ChannelState::kClosing; }));
}

// --- What the peer does -------------------------------------------------------------------------

void DataConnection::handle_event(const SctpEvent& event, Timestamp now) {
  switch (event.kind) {
    case SctpEventKind::kConnected:
      return observer_.on_data_connected(now);
    case SctpEventKind::kMessage:
      return handle_message(event, now);
    case SctpEventKind::kStreamReset:
      return handle_reset(event.stream, now);
    case SctpEventKind::kStreamIsFree:
      return handle_freed(event.stream);
    case SctpEventKind::kClosed:
      return handle_closed(now);
  }
}

void DataConnection::handle_message(const SctpEvent& event, Timestamp now) {
  if (event.protocol == kDcepProtocol) return handle_control(event, now);
  const bool is_empty =
      event.protocol == kEmptyTextProtocol || event.protocol == kEmptyBinaryProtocol;
  const bool is_text = event.protocol == kTextProtocol || event.protocol == kEmptyTextProtocol;
  const bool is_known = is_empty || is_text || event.protocol == kBinaryProtocol;
  const auto found = channels_.find(event.stream);
  if (!is_known || found == channels_.end() || found->second.is_reset_by_peer ||
      event.bytes.size() > kSctpMessageBytesMax) {
    ++stats_.messages_ignored;
    return;
  }
  // Who sends has heard of it, whatever became of the acknowledgement.
  if (found->second.state == ChannelState::kOpening) found->second.state = ChannelState::kOpen;
  ++stats_.messages_received;
  stats_.bytes_received += is_empty ? 0 : event.bytes.size();
  DataMessage message{.is_text = is_text, .bytes = event.bytes};
  if (is_empty) message.bytes = {};
  observer_.on_message(event.stream, message, now);
}

void DataConnection::handle_control(const SctpEvent& event, Timestamp now) {
  if (is_dcep_open(event.bytes)) return handle_open(event, now);
  const auto found = channels_.find(event.stream);
  if (is_dcep_ack(event.bytes) && found != channels_.end() &&
      found->second.state == ChannelState::kOpening) {
    found->second.state = ChannelState::kOpen;
    return;
  }
  ++stats_.messages_ignored;
}

// RFC 8832 section 6: who opens has streams of its own parity.
void DataConnection::handle_open(const SctpEvent& event, Timestamp now) {
  const bool is_of_peer = (event.stream % 2 == 0) != options_.is_dtls_client;
  auto parameters = read_dcep_open(event.bytes);
  if (!is_of_peer || !parameters || channels_.contains(event.stream) ||
      channels_.size() >= kDataChannelsMax || event.stream >= association_.outgoing_streams()) {
    return refuse(event.stream, now);
  }
  const Channel& channel =
      channels_.emplace(event.stream, Channel{.parameters = *std::move(parameters)}).first->second;
  ++stats_.channels_opened;
  send_control(event.stream, write_dcep_ack(), now);
  observer_.on_channel_opened(event.stream, channel.parameters, now);
}

// What is there on the stream ends with it.
void DataConnection::refuse(std::uint16_t stream, Timestamp now) {
  ++stats_.channels_refused;
  const auto found = channels_.find(stream);
  if (found == channels_.end()) {
    if (stream < association_.outgoing_streams()) association_.reset_stream(now, stream);
    return;
  }
  if (found->second.state == ChannelState::kClosing) return;
  begin_closing(stream, found->second, now);
  observer_.on_channel_closed(stream, now);
}

// Answered at once: until then the peer cannot use the stream again.
void DataConnection::handle_reset(std::uint16_t stream, Timestamp now) {
  const auto found = channels_.find(stream);
  if (found == channels_.end()) {  // one that was agreed on beside DCEP
    if (stream < association_.outgoing_streams()) association_.reset_stream(now, stream);
    return;
  }
  found->second.is_reset_by_peer = true;
  if (found->second.state == ChannelState::kClosing) return forget_if_over(found);
  begin_closing(stream, found->second, now);
  observer_.on_channel_closed(stream, now);
}

void DataConnection::handle_freed(std::uint16_t stream) {
  const auto found = channels_.find(stream);
  if (found == channels_.end()) return;
  found->second.is_reset_by_us = true;
  forget_if_over(found);
}

// The stream is free once both directions are reset (RFC 8831 section 6.7).
void DataConnection::forget_if_over(Channels::iterator channel) {
  if (channel->second.is_reset_by_us && channel->second.is_reset_by_peer) channels_.erase(channel);
}

void DataConnection::handle_closed(Timestamp now) {
  ++stats_.associations_closed;
  queue_ = SendQueue(options_.queue_bytes_max);
  drops_counted_ = 0;
  for (const auto& [stream, channel] : std::exchange(channels_, {})) {
    if (channel.state != ChannelState::kClosing) observer_.on_channel_closed(stream, now);
  }
}

// --- What the owner asks for --------------------------------------------------------------------

std::optional<std::uint16_t> DataConnection::open(const DataChannelParameters& parameters,
                                                  Timestamp now) {
  if (!is_connected() || channels_.size() >= kDataChannelsMax) return std::nullopt;
  std::uint32_t stream = options_.is_dtls_client ? 0 : 1;
  while (channels_.contains(static_cast<std::uint16_t>(stream))) stream += 2;
  if (stream >= association_.outgoing_streams()) return std::nullopt;
  const auto number = static_cast<std::uint16_t>(stream);
  channels_.emplace(number, Channel{.parameters = parameters, .state = ChannelState::kOpening});
  ++stats_.channels_opened;
  send_control(number, write_dcep_open(parameters), now);
  return number;
}

void DataConnection::close(std::uint16_t stream, Timestamp now) {
  const auto found = channels_.find(stream);
  if (found == channels_.end() || found->second.state == ChannelState::kClosing) return;
  begin_closing(stream, found->second, now);
}

void DataConnection::begin_closing(std::uint16_t stream, Channel& channel, Timestamp now) {
  channel.state = ChannelState::kClosing;
  queue_.drop_stream(stream);
  association_.reset_stream(now, stream);
}

DataConnection::Sent DataConnection::send(std::uint16_t stream, const DataMessage& message,
                                          Timestamp now) {
  const auto found = channels_.find(stream);
  if (found == channels_.end() || found->second.state == ChannelState::kClosing)
    return Sent::kClosed;
  Channel& channel = found->second;
  if (options_.peer_message_bytes_max != 0 &&
      message.bytes.size() > options_.peer_message_bytes_max) {
    ++stats_.messages_ignored;
    return Sent::kDropped;
  }
  const std::span<const std::uint8_t> bytes =
      message.bytes.empty() ? std::span<const std::uint8_t>(kEmptyBytes) : message.bytes;
  SctpSent sent{.is_waiting = true};
  if (queue_.empty() && !is_waiting_) {
    SctpMessage wire = wire_message(&channel, stream);
    wire.protocol = protocol_of(message);
    wire.bytes = bytes;
    sent = association_.send(now, wire);
    is_waiting_ = sent.is_waiting;
  }
  Sent result = sent.is_refused ? Sent::kClosed : Sent::kTaken;
  if (!sent.is_taken && !sent.is_refused) {
    result = enqueue(channel,
                     {.stream = stream,
                      .protocol = protocol_of(message),
                      .is_reliable = channel.parameters.is_reliable(),
                      .age_max = age_max_of(channel.parameters),
                      .since = now,
                      .bytes = {bytes.begin(), bytes.end()}},
                     now);
  }
  if (result == Sent::kClosed) begin_closing(stream, channel, now);
  if (result == Sent::kTaken) {
    ++stats_.messages_sent;
    stats_.bytes_sent += message.bytes.size();
  }
  return result;
}

DataConnection::Sent DataConnection::enqueue(const Channel& channel, QueuedMessage message,
                                             Timestamp now) {
  const bool is_late =
      !queue_.empty() && queue_.front().is_reliable && queue_.front().is_stale(now);
  const auto result = is_late && channel.parameters.is_reliable()
                          ? SendQueue::Result::kOverflow
                          : queue_.push(std::move(message), now);
  count_drops();
  if (result == SendQueue::Result::kTaken) return Sent::kTaken;
  if (result == SendQueue::Result::kDropped) return Sent::kDropped;
  ++stats_.channels_overflowed;
  return Sent::kClosed;
}

// --- Sending ------------------------------------------------------------------------------------

// What may be said of a message's reliability before the peer has acknowledged its channel is that
// it comes in order (RFC 8832 section 6).
SctpMessage DataConnection::wire_message(const Channel* channel, std::uint16_t stream) const {
  SctpMessage wire;
  wire.stream = stream;
  if (channel == nullptr) return wire;
  wire.is_ordered = channel->parameters.is_ordered || channel->state == ChannelState::kOpening;
  wire.reliability = channel->parameters.reliability;
  wire.reliability_limit = channel->parameters.reliability_limit;
  return wire;
}

Duration DataConnection::age_max_of(const DataChannelParameters& parameters) const {
  switch (parameters.reliability) {
    case SctpReliability::kFull:
      return kDataQueueAgeMax;
    case SctpReliability::kLifetime:
      return std::min<Duration>(parameters.reliability_limit * kMillisecond, kDataQueueAgeMax);
    case SctpReliability::kRetransmissions:
      return options_.unreliable_age_max;
  }
  return kDataQueueAgeMax;
}

void DataConnection::send_control(std::uint16_t stream, std::vector<std::uint8_t> bytes,
                                  Timestamp now) {
  const SctpSent sent =
      association_.send(now, {.stream = stream, .protocol = kDcepProtocol, .bytes = bytes});
  if (sent.is_taken || sent.is_refused) return;
  queue_.push_control({.stream = stream,
                       .protocol = kDcepProtocol,
                       .is_control = true,
                       .since = now,
                       .bytes = std::move(bytes)});
}

// Until the association has enough: what it has taken can no longer grow stale.
void DataConnection::drain(Timestamp now) {
  if (is_waiting_) is_waiting_ = association_.has_unsent();
  while (!is_waiting_) {
    queue_.drop_stale(now);
    if (queue_.empty() || !send_front(now)) break;
  }
  count_drops();
}

// False if it has to wait.
bool DataConnection::send_front(Timestamp now) {
  const QueuedMessage& message = queue_.front();
  const auto found = channels_.find(message.stream);
  const bool has_channel = found != channels_.end() && !message.is_control;
  SctpMessage wire = wire_message(has_channel ? &found->second : nullptr, message.stream);
  wire.protocol = message.protocol;
  wire.bytes = message.bytes;
  if (wire.reliability == SctpReliability::kLifetime) {
    const auto age_ms = static_cast<std::uint32_t>((now - message.since) / kMillisecond);
    wire.reliability_limit -= std::min(age_ms, wire.reliability_limit);
  }
  const SctpSent sent = association_.send(now, wire);
  is_waiting_ = sent.is_waiting;
  if (!sent.is_taken && !sent.is_refused) return false;
  queue_.pop_front();
  return true;
}

void DataConnection::count_drops() {
  stats_.messages_dropped += queue_.dropped() - std::exchange(drops_counted_, queue_.dropped());
}

}  // namespace penstock
