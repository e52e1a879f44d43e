// What the control plane tells a worker: commands about transports, streams and subscriptions, and
// datagrams to send. Owned by the worker; its own thread only.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "dataplane/worker/layer_control.h"
#include "dataplane/worker/link_port.h"
#include "dataplane/worker/pacer.h"
#include "dataplane/worker/paths.h"
#include "dataplane/worker/protector.h"
#include "dataplane/worker/transport_tables.h"

namespace penstock {

inline constexpr std::size_t kCommandsPerIteration = 32;
inline constexpr std::size_t kOutgoingPerIteration = 32;

template <Platform P>
class Commands {
 public:
  Commands(Environment<P>& env, OwnedTransports& owned, Paths<P>& paths, Protector<P>& protector,
           KeyframeAsker<P>& keyframes, LayerControl<P>& layers, Transmitter<P>& transmitter,
           Pacer<P>& pacer, LinkPort<P>& link)
      : env_(env),
        owned_(owned),
        paths_(paths),
        protector_(protector),
        keyframes_(keyframes),
        layers_(layers),
        transmitter_(transmitter),
        pacer_(pacer),
        link_(link) {}

  // Both return how many there were.
  std::size_t run();
  std::size_t send_outgoing();

 private:
  void apply(const Command& command);
  [[gnu::noinline]] void adopt(Transport& transport, TransportHandle handle);
  void add_flow(Transport& transport, const Command& command);
  void set_extensions(Transport& transport, const Command& command);
  void attach_stream(Transport& transport, StreamHandle handle);
  void update_stream(Transport& transport, StreamHandle handle, const StreamConfig& config);
  void attach_subscription(Transport& transport, SubscriptionHandle handle);
  void retarget(SubscriptionHandle handle, const SubscriptionTarget& target);
  void pause_subscription(SubscriptionHandle handle, bool is_paused);
  void set_priority(SubscriptionHandle handle, std::uint8_t priority);
  void set_playout_delay(SubscriptionHandle handle, std::optional<PlayoutDelay> delay);
  void limit_receiver(Transport& transport, std::uint64_t bitrate_bps);
  void limit_bitrate(Transport& transport, std::uint64_t bitrate_bps);

  Environment<P>& env_;
  OwnedTransports& owned_;
  Paths<P>& paths_;
  Protector<P>& protector_;
  KeyframeAsker<P>& keyframes_;
  LayerControl<P>& layers_;
  Transmitter<P>& transmitter_;
  Pacer<P>& pacer_;
  LinkPort<P>& link_;
};

template <Platform P>
std::size_t Commands<P>::run() {
  std::array<Command, kCommandsPerIteration> commands;
  const std::size_t count = env_.platform.receive_commands(commands);
  for (std::size_t i = 0; i < count; ++i) apply(commands[i]);
  return count;
}

template <Platform P>
void Commands<P>::apply(const Command& command) {
  if (command.kind == CommandKind::kRequestKeyframe) return keyframes_.ask(command.stream);
  if (command.kind == CommandKind::kPauseSubscription)
    return pause_subscription(command.subscription, command.flag);
  if (command.kind == CommandKind::kSetPriority)
    return set_priority(command.subscription, command.priority);
  if (command.kind == CommandKind::kSetFallback)
    return layers_.set_fallback(command.subscription, command.fallback);
  if (command.kind == CommandKind::kSetPlayoutDelay)
    return set_playout_delay(command.subscription,
                             command.flag ? std::optional(command.playout_delay) : std::nullopt);
  if (command.kind == CommandKind::kSetLayerLimit)
    return layers_.set_limit(command.subscription, command.layer);
  Transport* transport = env_.pools.transports.resolve(command.transport);
  if (transport == nullptr) return;  // destroyed meanwhile
  switch (command.kind) {
    case CommandKind::kAdoptTransport:
      return adopt(*transport, command.transport);
    case CommandKind::kFindNeighbor:
      return link_.find_neighbor(command.transport, command.path.remote.ip);
    case CommandKind::kAddFlow:
      return add_flow(*transport, command);
    case CommandKind::kRemoveFlow:
      return paths_.remove_flow(*transport, command.transport, command.path.remote);
    case CommandKind::kSetIceCredentials:
      // After a restart the peer may count its nominations from one again.
      if (transport->ice.local_ufrag != command.ice.local_ufrag) transport->nomination.number = 0;
      transport->ice = command.ice;
      return;
    case CommandKind::kUseSrtpKeys:
      transport->send.make_ready();
      transport->receive.make_ready();
      return keyframes_.ask_for_all(*transport);
    case CommandKind::kSetExtensions:
      return set_extensions(*transport, command);
    case CommandKind::kSetTransportOptions:
      return transport->set_options(command.options);
    case CommandKind::kAttachStream:
      return attach_stream(*transport, command.stream);
    case CommandKind::kUpdateStream:
      return update_stream(*transport, command.stream, command.stream_config);
    case CommandKind::kRetarget:
      return retarget(command.subscription, command.target);
    case CommandKind::kLimitBitrate:
      return limit_bitrate(*transport, command.bitrate_bps);
    case CommandKind::kLimitReceiver:
      return limit_receiver(*transport, command.bitrate_bps);
    case CommandKind::kAttachSubscription:
      return attach_subscription(*transport, command.subscription);
    case CommandKind::kPauseSubscription:
    case CommandKind::kSetLayerLimit:
    case CommandKind::kSetPriority:
    case CommandKind::kSetFallback:
    case CommandKind::kSetPlayoutDelay:
    case CommandKind::kRequestKeyframe:
      return;
  }
}

template <Platform P>
void Commands<P>::set_extensions(Transport& transport, const Command& command) {
  if (!command.flag) {
    transport.extensions_in = command.extensions;
    return;
  }
  transport.extensions_out = command.extensions;
  for (const Transport::Sent& sent : transport.subscriptions) {
    Subscription* subscription = env_.pools.subscriptions.resolve(sent.subscription);
    if (subscription != nullptr) subscription->header.state = HeaderTemplate::State::kStale;
  }
}

// The registry sees to it that a transport has no more live streams and subscriptions than fit its
// tables; what was destroyed makes room first.
template <Platform P>
void Commands<P>::attach_stream(Transport& transport, StreamHandle handle) {
  forget_destroyed_streams(transport, env_.pools);
  const Stream* stream = env_.pools.streams.resolve(handle);
  if (stream != nullptr) PENSTOCK_CHECK(transport.streams.add(handle, stream->config));
}

template <Platform P>
void Commands<P>::update_stream(Transport& transport, StreamHandle handle,
                                const StreamConfig& config) {
  Stream* stream = env_.pools.streams.resolve(handle);
  if (stream == nullptr) return;
  if (!config.is_sent) {
    // What the description says of a stream that is not sent is about nothing.
    stream->config.is_sent = false;
    return;
  }
  transport.streams.update(handle, config);
  stream->update(config);
}

template <Platform P>
void Commands<P>::limit_bitrate(Transport& transport, std::uint64_t bitrate_bps) {
  transport.remb_bps = bitrate_bps == 0 ? kRembBitrateMax : std::min(bitrate_bps, kRembBitrateMax);
  transport.next_remb_at = env_.now;
  transport.limited = {};
  owned_.wake(transport, env_.now);
}

template <Platform P>
void Commands<P>::attach_subscription(Transport& transport, SubscriptionHandle handle) {
  if (transport.subscriptions.full())
    forget_destroyed_subscriptions(transport, env_.pools, [](const Transport::Sent&) {});
  const Subscription* subscription = env_.pools.subscriptions.resolve(handle);
  if (subscription == nullptr) return;
  PENSTOCK_CHECK(transport.subscriptions.push_back({subscription->ssrc, handle, false}));
  layers_.restart(handle);
  if (transport.takes_media()) keyframes_.ask(handle);
}

template <Platform P>
void Commands<P>::retarget(SubscriptionHandle handle, const SubscriptionTarget& target) {
  Subscription* subscription = env_.pools.subscriptions.resolve(handle);
  if (subscription == nullptr) return;
  Transport* transport = env_.pools.transports.resolve(subscription->transport);
  // A frame that has begun is to be whole.
  if (transport != nullptr) pacer_.release(*transport);
  const SubscriptionTarget before = std::exchange(subscription->target, target);
  subscription->header.state = HeaderTemplate::State::kStale;
  if (before.stream != target.stream) {
    subscription->projection.leave_stream();
    subscription->has_begun_cached = false;
    layers_.restart(handle);
  } else if (before.codec != target.codec) {
    subscription->projection.restart();
  } else {
    return;
  }
  subscription->keyframe_asked_at = CoarseTime(env_.now - Subscription::kKeyframeAskInterval);
  if (!subscription->is_paused && transport != nullptr && transport->takes_media())
    keyframes_.ask(handle);
}

template <Platform P>
void Commands<P>::pause_subscription(SubscriptionHandle handle, bool is_paused) {
  Subscription* subscription = env_.pools.subscriptions.resolve(handle);
  if (subscription == nullptr || subscription->is_paused == is_paused) return;
  subscription->is_paused = is_paused;
  subscription->projection.restart();
  // A receiver that is not connected yet asks when it is: a keyframe now would be for nobody.
  const Transport* transport = env_.pools.transports.resolve(subscription->transport);
  if (!is_paused && transport != nullptr && transport->takes_media()) keyframes_.ask(handle);
}

template <Platform P>
void Commands<P>::set_priority(SubscriptionHandle handle, std::uint8_t priority) {
  Subscription* subscription = env_.pools.subscriptions.resolve(handle);
  if (subscription != nullptr) subscription->priority = priority;
}

template <Platform P>
void Commands<P>::set_playout_delay(SubscriptionHandle handle, std::optional<PlayoutDelay> delay) {
  Subscription* subscription = env_.pools.subscriptions.resolve(handle);
  if (subscription == nullptr) return;
  subscription->has_playout_delay = delay.has_value();
  subscription->playout_delay = delay.value_or(PlayoutDelay{}).bytes();
  subscription->header.state = HeaderTemplate::State::kStale;
}

template <Platform P>
void Commands<P>::limit_receiver(Transport& transport, std::uint64_t bitrate_bps) {
  transport.send_limit_bps = bitrate_bps;
  owned_.wake(transport, env_.now);
}

template <Platform P>
std::size_t Commands<P>::send_outgoing() {
  std::size_t count = 0;
  OutgoingDatagram datagram;
  while (count < kOutgoingPerIteration && env_.platform.receive_outgoing(datagram)) {
    ++count;
    transmitter_.send_payload(paths_.way_along(datagram.path),
                              std::span<const std::uint8_t>(datagram.data).first(datagram.bytes));
  }
  return count;
}

template <Platform P>
void Commands<P>::adopt(Transport& transport, TransportHandle handle) {
  owned_.adopt(transport, handle, env_.now);
  transport.estimator.start(env_.context.start_bps);
  transport.consent_at = kNever;  // nobody has given any that could end (Paths::add_flow)
  if (transport.kind == TransportKind::kPlain) paths_.open(transport, handle);
}

template <Platform P>
void Commands<P>::add_flow(Transport& transport, const Command& command) {
  const stun::Nomination* nomination = command.flag ? &command.nomination : nullptr;
  // What waits to be protected was begun for the path that ends here.
  if (nomination != nullptr) protector_.flush();
  if (paths_.add_flow(transport, command.transport, command.path, nomination))
    keyframes_.ask_for_all(transport);
}

}  // namespace penstock
