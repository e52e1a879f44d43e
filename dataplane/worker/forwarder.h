// Step 8 of a packet's journey: who receives it, and what each receiver gets. Audio goes first;
// video waits for its turn (docs/adr/0011), and whole streams of it are shed when there is more
// than the port takes. Owned by the worker; its own thread only.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>

#include "dataplane/base/prefetch.h"
#include "dataplane/worker/fan_out_queue.h"
#include "dataplane/worker/layer_control.h"
#include "dataplane/worker/own_payload.h"
#include "dataplane/worker/projected_header.h"
#include "dataplane/worker/protector.h"
#include "dataplane/worker/recorder.h"
#include "dataplane/worker/send_stamp.h"
#include "dataplane/worker/shed_streams.h"

namespace penstock {

// Of a packet that waits, as far as the pace has to know.
inline constexpr std::size_t kPacedPacketBytes = 1'200;
// Of a packet, what is written of it besides what is sent: two lines of a DPDK buffer.
inline constexpr std::size_t kPacketHeadBytes = 128;
// Receivers to whom video is sent before audio is looked for again.
inline constexpr std::size_t kVideoSendsPerIteration = 64;

// What waits in a worker, for whoever measures it.
struct WaitingMedia {
  std::size_t packets = 0;     // for their turn
  std::size_t slot_bytes = 0;  // that they stand in
  std::size_t receivers = 0;   // who are still to get the first of them
  std::size_t paced = 0;  // for a receiver's pace, once for each; slots stay for a second anyway
  std::size_t paced_bytes = 0;
  std::size_t frames = 0;  // finished, for room at the port
};

template <Platform P>
class Forwarder {
 public:
  using Packet = typename P::Packet;

  Forwarder(Environment<P>& env, Transmitter<P>& transmitter, Protector<P>& protector,
            KeyframeAsker<P>& keyframes, LayerControl<P>& layers, PacedQueues& paced,
            Recorder<P>& recorder)
      : env_(env),
        transmitter_(transmitter),
        protector_(protector),
        keyframes_(keyframes),
        layers_(layers),
        paced_(paced),
        recorder_(recorder),
        audio_(kAudioQueueMax, env.pools.subscriptions.capacity()),
        video_(kVideoQueueMax, env.pools.subscriptions.capacity()) {}

  // A packet for receivers of this worker, to be forwarded in its turn.
  void take(SlotRef ref, const Slot& slot);

  // True while so much video waits that no more should be received.
  bool has_enough() const { return video_.size() >= kVideoQueueEnough; }

  // Sends what waits while the port has room: all audio, and some video. Returns to how many
  // receivers.
  std::size_t run() {
    const std::size_t audio = forward_in_turn(audio_, std::numeric_limits<std::size_t>::max());
    return audio + forward_in_turn(video_, kVideoSendsPerIteration);
  }

  // A packet that has waited for its receiver's pace: with the next batch.
  void send(const MediaPacket& packet, SubscriptionHandle receiver);
  // Sends the batch.
  void flush() {
    flush_sends();
    protector_.flush();
  }

  // All but finished frames.
  WaitingMedia waiting() const {
    WaitingMedia waiting{.paced = paced_.packets(), .paced_bytes = paced_.used_bytes()};
    for (const FanOutQueue* queue : {&audio_, &video_}) {
      waiting.packets += queue->size();
      waiting.receivers += queue->rest_size();
      queue->for_each([&](SlotRef ref) {
        MediaPacket packet;
        if (ref.read(env_.pools.slots, packet)) waiting.slot_bytes += packet.slot.used_bytes();
      });
    }
    return waiting;
  }

  // The port takes nothing any more.
  void drop_waiting() {
    for (FanOutQueue* queue : {&audio_, &video_})
      env_.count(DropReason::kTransmitQueueFull, queue->clear());
  }

 private:
  // A packet on its way to one of its receivers.
  struct Send {
    const MediaPacket* source;
    SubscriptionHandle receiver;
    Subscription* subscription = nullptr;
    Packet* target = nullptr;  // for it; null: it was used, or there is none
    bool has_waited = false;   // for the receiver's pace
  };

  [[gnu::noinline]] bool stays_shed(const Slot& slot);
  [[gnu::noinline]] void end_shedding(const Slot& slot, const Stream& stream);
  std::size_t forward_in_turn(FanOutQueue& queue, std::size_t sends_max);
  std::size_t fan_out_first(FanOutQueue& queue, std::size_t sends_max);
  std::size_t fan_out(const MediaPacket& packet, std::span<const SubscriptionHandle> receivers);
  // Field by field: what was put together elsewhere would be copied before it has left the CPU's
  // store buffer, which waits for it.
  void add_send(const MediaPacket& source, SubscriptionHandle receiver, bool has_waited) {
    Send& send = sends_[send_count_++];
    send.source = &source;
    send.receiver = receiver;
    send.has_waited = has_waited;
  }
  void flush_sends();
  void forward(Send& send);
  // How a packet was projected.
  struct Placed {
    bool begins = false;  // its source, or after a restart
    bool marker = false;
  };
  [[gnu::noinline]] DropReason why_not_sent(const Transport& transport, Subscription& subscription,
                                            const Slot& slot);
  [[gnu::always_inline]] inline OwnPayload adapt(const MediaPacket& source,
                                                 Subscription& subscription,
                                                 ProjectedPacket& projected, bool begins,
                                                 std::span<std::uint8_t> prefix, bool& is_red);
  [[gnu::noinline]] void record(const Send& send, const Transport& transport,
                                ProjectedPacket projected, const Placed& placed);
  bool is_cached(const Send& send, Subscription& subscription);
  bool must_wait(const Send& send, Transport& transport);
  [[gnu::noinline]] void wait_for_pace(const Send& send, Transport& transport);
  std::size_t write_header(const MediaPacket& source, const ProjectedPacket& projected,
                           Subscription& subscription, const Transport& transport,
                           std::uint8_t* rtp);

  Environment<P>& env_;
  Transmitter<P>& transmitter_;
  Protector<P>& protector_;
  KeyframeAsker<P>& keyframes_;
  LayerControl<P>& layers_;
  PacedQueues& paced_;
  Recorder<P>& recorder_;

  FanOutQueue audio_;
  FanOutQueue video_;
  ShedStreams shed_;

  std::size_t send_count_ = 0;
  std::array<Send, kSrtpJobsMax> sends_{};
  std::array<MediaPacket, kSrtpJobsMax> send_sources_{};
};

// Audio before video.
template <Platform P>
void Forwarder<P>::take(SlotRef ref, const Slot& slot) {
  if (codec_kind(slot.codec) != MediaKind::kVideo) {
    if (!audio_.push(ref)) env_.count(DropReason::kTransmitQueueFull);
    return;
  }
  if (!shed_.empty()) [[unlikely]] {
    if (stays_shed(slot)) return env_.count(DropReason::kStreamShed);
  }
  if (video_.push(ref)) return;
  env_.count(DropReason::kVideoBacklogFull);
  shed_.forget_if([&](StreamHandle other) { return env_.pools.streams.resolve(other) == nullptr; });
  shed_.shed(slot.stream);
}

// A stream that was shed comes back when its publisher, whom nobody asks before, sends a keyframe
// while there is room for it.
template <Platform P>
bool Forwarder<P>::stays_shed(const Slot& slot) {
  if (shed_.state_of(slot.stream) != ShedStreams::State::kShed) return false;
  if (video_.size() > kVideoQueueEnough) return true;
  if (slot.is_keyframe_start) {
    shed_.begin_return(slot.stream);
    return false;
  }
  if (shed_.take_ask(slot.stream, env_.now)) keyframes_.ask(slot.stream);
  return true;
}

// The keyframe's turn has come. What was shed before it has no numbers.
template <Platform P>
void Forwarder<P>::end_shedding(const Slot& slot, const Stream& stream) {
  if (!slot.is_keyframe_start) return;
  if (shed_.state_of(slot.stream) != ShedStreams::State::kReturning) return;
  shed_.forget_if([&](StreamHandle other) { return other == slot.stream; });
  for_each_subscription(env_.pools.fan_out, stream.fan_out.head(env_.context.index),
                        [&](SubscriptionHandle handle) {
                          Subscription* receiver = env_.pools.subscriptions.resolve(handle);
                          if (receiver != nullptr && receiver->target.stream == slot.stream)
                            receiver->projection.restart();
                        });
}

// Sends what waits while the port has room, to `sends_max` receivers. Returns to how many; a packet
// that has none counts as one.
template <Platform P>
std::size_t Forwarder<P>::forward_in_turn(FanOutQueue& queue, std::size_t sends_max) {
  std::size_t sends = 0;
  env_.enter(Stage::kProject);
  while (!queue.empty() && !transmitter_.is_port_full() && sends < sends_max) {
    sends += std::max(std::size_t{1}, fan_out_first(queue, sends_max - sends));
    if (!queue.has_rest()) queue.pop();
  }
  flush();
  env_.enter(Stage::kAttribute);
  return sends;
}

// The queue's first packet, to all of its receivers on this worker, or, once `sends_max` of them
// were served or the port is full, to some: the others are the queue's rest. Returns how many.
template <Platform P>
std::size_t Forwarder<P>::fan_out_first(FanOutQueue& queue, std::size_t sends_max) {
  MediaPacket packet;
  const bool is_there = queue.front().read(env_.pools.slots, packet);
  const Stream* stream = is_there ? env_.pools.streams.resolve(packet.slot.stream) : nullptr;
  if (stream == nullptr) {
    env_.count(is_there ? DropReason::kStreamClosed : DropReason::kSlotReclaimed);
    queue.forget_rest();
    return 0;
  }
  if (!shed_.empty() && !queue.has_rest()) [[unlikely]]
    end_shedding(packet.slot, *stream);
  std::size_t sends = 0;
  // Those of a chunk, or as many of them as may be. Returns how many.
  const auto send_to = [&](std::span<const SubscriptionHandle> receivers) {
    const std::size_t count =
        transmitter_.is_port_full() ? 0 : std::min(receivers.size(), sends_max - sends);
    sends += fan_out(packet, receivers.first(count));
    return count;
  };
  if (queue.has_rest()) {
    while (queue.has_rest()) {
      const std::size_t count = send_to(queue.rest(FanOutChunk::kEntriesMax));
      if (count == 0) break;
      queue.take_of_rest(count);
    }
  } else {
    std::array<SubscriptionHandle, FanOutChunk::kEntriesMax> entries;
    for_each_chunk(env_.pools.fan_out, stream->fan_out.head(env_.context.index),
                   [&](Handle<FanOutChunk>, const FanOutChunk& chunk) {
                     const auto receivers = chunk.read(entries);
                     queue.add_to_rest(receivers.subspan(send_to(receivers)));
                   });
  }
  return sends;
}

// To the receivers of one chunk: with the next batch. What forward() reads first of a subscription
// is on its way until then: with hundreds of receivers, or of rooms, none of it is in the nearest
// cache. Returns to how many; of simulcast those that have to do with this encoding.
template <Platform P>
std::size_t Forwarder<P>::fan_out(const MediaPacket& packet,
                                  std::span<const SubscriptionHandle> receivers) {
  if (receivers.empty()) return 0;
  if (receivers.size() > sends_.size() - send_count_) flush_sends();
  const std::size_t first = send_count_;
  MediaPacket& source = send_sources_[first];  // at most one for each send
  source = packet;
  const PacketLayer& layer = packet.slot.layer;
  for (const SubscriptionHandle receiver : receivers) {
    if (layer.is_simulcast && !layers_.may_take(receiver, layer)) continue;
    if (env_.has_many) env_.pools.subscriptions.prefetch(receiver, Subscription::kForwardBytes);
    add_send(source, receiver, false);
  }
  const std::size_t sends = send_count_ - first;
  if (sends != receivers.size())
    env_.count(DropReason::kEncodingNotSelected, receivers.size() - sends);
  return sends;
}

// In steps, so that the memory of one receiver, and of the packet for it, is waited for together
// with that of all others. Packets that nobody got go back.
template <Platform P>
void Forwarder<P>::flush_sends() {
  const std::span sends(sends_.data(), send_count_);
  for (Send& send : sends) {
    send.subscription = env_.pools.subscriptions.resolve(send.receiver);
    if (env_.has_many && send.subscription != nullptr)
      env_.pools.transports.prefetch(send.subscription->transport, Transport::kSendBytes);
    send.target = env_.platform.allocate();
    if (send.target != nullptr) prefetch_to_write(send.target, kPacketHeadBytes);
  }
  for (Send& send : sends) {
    if (send.subscription == nullptr) {
      env_.count(DropReason::kSubscriptionClosed);
    } else if (send.subscription->target.stream != send.source->slot.stream) [[unlikely]] {
      env_.count(DropReason::kStreamNotSubscribed);
    } else {
      forward(send);
    }
    if (send.target != nullptr) env_.platform.release(send.target);
  }
  send_count_ = 0;
}

template <Platform P>
void Forwarder<P>::forward(Send& send) {
  const MediaPacket& source = *send.source;
  Subscription& subscription = *send.subscription;
  Transport* transport = env_.pools.transports.resolve(subscription.transport);
  if (transport == nullptr) return env_.count(DropReason::kTransportClosed);
  if (!subscription.is_sent()) {
    return env_.count(subscription.is_paused ? DropReason::kSubscriptionPaused
                                             : DropReason::kStreamHasNoRoom);
  }
  if (subscription.has_begun_cached) [[unlikely]] {
    if (is_cached(send, subscription)) return env_.count(DropReason::kSentFromCache);
  }
  const Slot& slot = source.slot;
  if (!transport->can_send()) [[unlikely]] {
    const DropReason reason = why_not_sent(*transport, subscription, slot);
    if (reason != DropReason::kNone) return env_.count(reason);
  }
  if (slot.codec != subscription.target.codec) [[unlikely]]
    return env_.count(DropReason::kCodecNotNegotiated);
  if (slot.red_primary_offset == Slot::kNoPrimary && subscription.target.red_payload_type == 0)
      [[unlikely]]
    return env_.count(DropReason::kRedInvalid);
  if (slot.layer.is_simulcast && !send.has_waited) {
    if (!layers_.take(send.receiver, subscription, slot)) return;
  }
  if (must_wait(send, *transport)) [[unlikely]]
    return wait_for_pace(send, *transport);
  bool begins = false;
  bool marker = slot.marker;
  if (slot.layer.is_layered) [[unlikely]] {
    begins = subscription.projection.begins_with(slot.source);
    if (!subscription.passes(slot.layer, slot.source_packet()))
      return env_.count(DropReason::kLayerNotWanted);
    if (subscription.filter.wants_keyframe()) keyframes_.ask(send.receiver);
    marker = marker || subscription.filter.ends_picture(slot.layer);
  }
  auto projected = subscription.projection.project({.sequence = slot.sequence,
                                                    .timestamp = slot.timestamp,
                                                    .source = slot.source,
                                                    .marker = marker,
                                                    .is_keyframe_start = slot.is_keyframe_start},
                                                   env_.now);
  if (!projected) {
    if (projected.error() == DropReason::kWaitingForKeyframe) keyframes_.ask(send.receiver);
    return env_.count(projected.error());
  }
  if (slot.is_keyframe_start && codec_kind(slot.codec) == MediaKind::kVideo) [[unlikely]]
    subscription.keyframes.on_keyframe_sent(projected->sequence, env_.now);
  if (transport->kind == TransportKind::kRecording) [[unlikely]]
    return record(send, *transport, *projected, {.begins = begins, .marker = marker});
  Packet* target = std::exchange(send.target, nullptr);
  if (target == nullptr) return env_.count(DropReason::kPoolExhausted);
  if constexpr (requires { env_.platform.copied(source.bytes, target); })
    env_.platform.copied(source.bytes, target);

  bool is_red = false;
  const OwnPayload payload =
      adapt(source, subscription, *projected, begins, protector_.next_prefix(), is_red);
  const UdpPathTemplate& path = transport->path_template;
  std::uint8_t* rtp = env_.platform.data(target) + path.header_bytes;
  const std::size_t behind_bytes = payload.bytes() + srtp_tag_bytes(transport->send.profile());
  const std::size_t header_bytes =
      fit_header(write_header(source, *projected, subscription, *transport, rtp),
                 header_bytes_max(path, behind_bytes), [&] {
                   return write_bare_header(*projected, source, subscription, *transport,
                                            {rtp, kProjectedHeaderBytesMax});
                 });
  if (header_bytes == 0) [[unlikely]]
    return env_.drop(target, transmitter_.too_large_for(path));
  if (is_red) [[unlikely]]
    rtp[1] = subscription.target.red_payload_type;
  if (marker) rtp[1] |= kRtpMarkerBit;
  const std::size_t datagram_bytes = header_bytes + behind_bytes;
  stamp_header(rtp, subscription, *transport, datagram_bytes, env_.now);
  env_.platform.set_size(target, path.header_bytes + datagram_bytes);
  // Now, if they can be: while the packet's first lines are near.
  const bool has_udp_headers = !covers_payload(path);
  if (has_udp_headers) transmitter_.write_media_headers(path, target, datagram_bytes, slot.codec);
  protector_.add({.packet = target,
                  .transport = transport,
                  .subscription = &subscription,
                  .source = source.ref,
                  .payload_bytes = payload.bytes(),
                  .has_udp_headers = has_udp_headers},
                 {.context = &transport->send,
                  .payload = payload.shared,
                  .prefix = protector_.next_prefix().data(),
                  .packet = rtp,
                  .header_bytes = static_cast<std::uint16_t>(header_bytes),
                  .payload_bytes = payload.shared_bytes,
                  .prefix_bytes = payload.own_bytes,
                  .roc = static_cast<std::uint32_t>(projected->sequence >> 16)});
}

// Of a receiver that is no peer, or not yet, or not any more. kNone: it is sent all the same.
template <Platform P>
DropReason Forwarder<P>::why_not_sent(const Transport& transport, Subscription& subscription,
                                      const Slot& slot) {
  if (transport.kind == TransportKind::kRecording) {
    return recorder_.has_room(subscription, slot.payload_bytes) ? DropReason::kNone
                                                                : DropReason::kRecordingArenaFull;
  }
  return transport.is_consent_expired ? DropReason::kNoConsent : DropReason::kSubscriberNotReady;
}

// What the packet has of its receiver's own: frame number, decode targets, picture names, RED.
// `prefix`: for what comes in front of the payload.
template <Platform P>
OwnPayload Forwarder<P>::adapt(const MediaPacket& source, Subscription& subscription,
                               ProjectedPacket& projected, bool begins,
                               std::span<std::uint8_t> prefix, bool& is_red) {
  const Slot& slot = source.slot;
  if (slot.layer.is_layered && slot.dependency_descriptor.size != 0) [[unlikely]] {
    projected.frame_offset = subscription.frames.take(frame_number(source), slot.source, begins);
    subscription.targets.take(source.dependency_descriptor(), slot.source,
                              subscription.filter.shown());
  }
  OwnPayload payload(source);
  if (slot.layer.has_picture_id) [[unlikely]] {
    const auto names = subscription.pictures.take(slot.layer, slot.source, begins);
    if (names) payload.rename(slot.codec, *names, prefix);
  }
  if (slot.red_primary_offset != 0) [[unlikely]]
    is_red = payload.take_red(source, subscription.target, prefix);
  return payload;
}

// In place of a datagram: as plain RTP to the worker's arena.
template <Platform P>
void Forwarder<P>::record(const Send& send, const Transport& transport, ProjectedPacket projected,
                          const Placed& placed) {
  const MediaPacket& source = *send.source;
  Subscription& subscription = *send.subscription;
  std::array<std::uint8_t, kPrefixBytesMax> prefix;
  bool is_red = false;
  const OwnPayload payload = adapt(source, subscription, projected, placed.begins, prefix, is_red);
  std::uint8_t* rtp = recorder_.reserve(payload.bytes());
  if (rtp == nullptr) return env_.count(DropReason::kRecordingArenaFull);
  std::size_t header_bytes = write_header(source, projected, subscription, transport, rtp);
  if (header_bytes == 0) {
    header_bytes = write_bare_header(projected, source, subscription, transport,
                                     {rtp, kProjectedHeaderBytesMax});
  }
  if (header_bytes == 0) return env_.count(DropReason::kPacketTooLarge);
  if (is_red) rtp[1] = subscription.target.red_payload_type;
  if (placed.marker) rtp[1] |= kRtpMarkerBit;
  std::memcpy(rtp + header_bytes, prefix.data(), payload.own_bytes);
  std::memcpy(rtp + header_bytes + payload.own_bytes, payload.shared, payload.shared_bytes);
  // What it was made of may be somebody else's.
  if (!source.ref.was_there(env_.pools.slots)) return env_.count(DropReason::kSlotReclaimed);
  recorder_.commit(send.receiver, subscription, source.slot, header_bytes, payload.bytes());
}

template <Platform P>
void Forwarder<P>::send(const MediaPacket& packet, SubscriptionHandle receiver) {
  if (send_count_ == sends_.size()) flush_sends();
  MediaPacket& source = send_sources_[send_count_];
  source = packet;
  add_send(source, receiver, true);
}

// Of what comes of a stream everything comes in the order of its slots, so that behind the first
// that is newer nothing comes that was kept before.
template <Platform P>
bool Forwarder<P>::is_cached(const Send& send, Subscription& subscription) {
  if (send.has_waited) return false;
  if (send.source->ref.position() <= subscription.cached_to) return true;
  subscription.has_begun_cached = false;
  return false;
}

// Audio never waits. What is sent again does not either, but is charged.
template <Platform P>
bool Forwarder<P>::must_wait(const Send& send, Transport& transport) {
  const Slot& slot = send.source->slot;
  if (codec_kind(slot.codec) != MediaKind::kVideo || send.has_waited) return false;
  const bool is_started = send.subscription->projection.is_started() || slot.is_keyframe_start;
  if (!is_started && transport.paced_queue == PacedQueues::kNone) return false;  // does not go
  const std::size_t bytes = slot.payload_bytes + Pace::kHeaderBytes;
  transport.pace.offer(bytes);
  if (slot.is_keyframe_start) [[unlikely]]
    transport.pace.begin_keyframe(env_.now);
  if (transport.paced_queue != PacedQueues::kNone || !transport.pace.is_open(env_.now)) return true;
  transport.pace.take(env_.now, bytes);
  return false;
}

// Where there is no room the receiver gets no more of the stream up to a keyframe, for which its
// publisher is asked.
template <Platform P>
void Forwarder<P>::wait_for_pace(const Send& send, Transport& transport) {
  if (transport.paced_queue == PacedQueues::kNone) {
    transport.paced_queue =
        paced_.begin(send.subscription->transport, env_.now, transport.pace.opens_at());
  }
  const std::uint32_t queue = transport.paced_queue;
  if (queue == PacedQueues::kNone || !paced_.push(queue, {send.source->ref, send.receiver})) {
    send.subscription->projection.restart();
    return env_.count(DropReason::kPaceQueueFull);
  }
  transport.pace.hurry(paced_.packets(queue) * kPacedPacketBytes);
  env_.stats.media_paced.add(1);
}

template <Platform P>
std::size_t Forwarder<P>::write_header(const MediaPacket& source, const ProjectedPacket& projected,
                                       Subscription& subscription, const Transport& transport,
                                       std::uint8_t* rtp) {
  HeaderTemplate& header = subscription.header;
  if (header.state == HeaderTemplate::State::kStale) [[unlikely]] {
    header = make_header_template(subscription, transport);
  }
  if (header.state == HeaderTemplate::State::kUsable &&
      source.slot.element_bytes_max <= kTemplatedElementBytesMax &&
      !changes_targets(source, subscription)) [[likely]] {
    return write_templated_header(projected, source, header, rtp);
  }
  return write_projected_header(projected, source, subscription, transport,
                                {rtp, kProjectedHeaderBytesMax});
}

}  // namespace penstock
