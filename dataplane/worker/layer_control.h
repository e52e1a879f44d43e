// Which layer of a stream each receiver of this worker gets: what the receivers want and their ways
// can take, applied to what comes (forward/layer_selector.h), and the control plane told. Owned by
// the worker; its own thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/worker/keyframe_asker.h"
#include "dataplane/worker/taken_encodings.h"

namespace penstock {

template <Platform P>
class LayerControl {
 public:
  LayerControl(Environment<P>& env, OwnedTransports& owned, KeyframeAsker<P>& keyframes)
      : env_(env),
        owned_(owned),
        keyframes_(keyframes),
        taken_(env.pools.subscriptions.capacity()) {}

  // The most that the receiver wants.
  void set_limit(SubscriptionHandle receiver, Layer limit);
  // LayerSelector::set_fallback, from when what comes of the stream changes next.
  void set_fallback(SubscriptionHandle receiver, Duration fallback);
  // What the receiver's way can take, by the allocation; empty: nothing of this stream.
  void set_target(SubscriptionHandle receiver, std::optional<Layer> target);
  // The subscription is new, or shows another stream.
  void restart(SubscriptionHandle receiver);

  // False for a packet of simulcast that the receiver has nothing to do with.
  bool may_take(SubscriptionHandle receiver, const PacketLayer& packet) const {
    return taken_.may_take(receiver.index(), packet);
  }
  // A packet of simulcast has come: true if it goes to the receiver, unless it has to wait.
  bool take(SubscriptionHandle receiver, Subscription& subscription, const Slot& slot);

  // What comes of the stream, as a packet of simulcast has it, is known of from here on.
  void learn(Subscription& subscription, const Slot& slot);

  // Says which layers the receiver has now, and of which streams it has none for want of room,
  // where that has changed. Returns when there is more to say.
  Timestamp tell(const Transport& transport);

 private:
  bool tell_room(SubscriptionHandle receiver, Subscription& subscription);
  bool begin(SubscriptionHandle receiver, Subscription& subscription, const Slot& slot,
             const Stream& stream);
  static std::uint8_t bit_of(const PacketLayer& packet) {
    return static_cast<std::uint8_t>(1U << packet.encoding);
  }

  Environment<P>& env_;
  OwnedTransports& owned_;
  KeyframeAsker<P>& keyframes_;
  TakenEncodings taken_;
};

template <Platform P>
void LayerControl<P>::set_limit(SubscriptionHandle receiver, Layer limit) {
  Subscription* subscription = env_.pools.subscriptions.resolve(receiver);
  if (subscription == nullptr) return;
  subscription->layers.set_limit(limit);
  taken_.forget(receiver.index());
}

template <Platform P>
void LayerControl<P>::set_fallback(SubscriptionHandle receiver, Duration fallback) {
  Subscription* subscription = env_.pools.subscriptions.resolve(receiver);
  if (subscription != nullptr) subscription->layers.set_fallback(fallback);
}

template <Platform P>
void LayerControl<P>::set_target(SubscriptionHandle receiver, std::optional<Layer> target) {
  Subscription* subscription = env_.pools.subscriptions.resolve(receiver);
  if (subscription == nullptr) return;
  const bool had_room = subscription->has_room;
  subscription->has_room = target.has_value();
  if (subscription->layers.set_target(target) || (had_room && !target))
    subscription->projection.restart();
  taken_.forget(receiver.index());
  if (!had_room && target) keyframes_.ask(receiver);
}

template <Platform P>
void LayerControl<P>::restart(SubscriptionHandle receiver) {
  Subscription* subscription = env_.pools.subscriptions.resolve(receiver);
  if (subscription == nullptr) return;
  subscription->layers.restart();
  taken_.forget(receiver.index());
}

template <Platform P>
bool LayerControl<P>::take(SubscriptionHandle receiver, Subscription& subscription,
                           const Slot& slot) {
  const PacketLayer& packet = slot.layer;
  LayerSelector& layers = subscription.layers;
  // Nearly always: one more of what it has.
  if (layers.knows(packet.version) && packet.encoding == layers.encoding()) [[likely]] {
    layers.note(slot.source, slot.timestamp);
    return true;
  }
  const Stream* stream = env_.pools.streams.resolve(slot.stream);
  if (stream == nullptr) return false;
  learn(subscription, slot);
  bool is_taken = false;
  switch (layers.choose(packet, slot.is_keyframe_start)) {
    case LayerSelector::Choice::kTake:
      is_taken = true;
      break;
    case LayerSelector::Choice::kBegin:
      is_taken = begin(receiver, subscription, slot, *stream);
      break;
    case LayerSelector::Choice::kWait:
      keyframes_.ask(receiver, bit_of(packet));
      break;
    case LayerSelector::Choice::kLeave:
      break;
  }
  taken_.set(receiver.index(), packet.version, layers.taken());
  if (!is_taken) {
    env_.count(DropReason::kEncodingNotSelected);
    return false;
  }
  layers.note(slot.source, slot.timestamp);
  return true;
}

template <Platform P>
void LayerControl<P>::learn(Subscription& subscription, const Slot& slot) {
  LayerSelector& layers = subscription.layers;
  const Stream* stream = env_.pools.streams.resolve(slot.stream);
  if (stream == nullptr || layers.knows(slot.layer.version)) return;
  if (layers.update(stream->layers.published().get(), slot.layer.version))
    subscription.projection.restart();
}

// The stream can go on from this keyframe of another encoding.
template <Platform P>
bool LayerControl<P>::begin(SubscriptionHandle receiver, Subscription& subscription,
                            const Slot& slot, const Stream& stream) {
  const auto from = stream.clock_of(subscription.layers.newest().source);
  if (!subscription.begin_encoding(slot.layer, slot.source_packet(), from,
                                   stream.clock_of(slot.source))) {
    keyframes_.ask(receiver, bit_of(slot.layer));
    return false;
  }
  const Transport* transport = env_.pools.transports.resolve(subscription.transport);
  if (transport != nullptr) owned_.wake(*transport, env_.now);
  return true;
}

// False if it is to be said again, as nobody has listened for long.
template <Platform P>
bool LayerControl<P>::tell_room(SubscriptionHandle receiver, Subscription& subscription) {
  if (subscription.has_room == subscription.told_has_room) return true;
  if (!env_.raise({.kind = subscription.has_room ? EventKind::kVideoFed : EventKind::kVideoStarved,
                   .transport = subscription.transport,
                   .stream = {},
                   .path = {},
                   .subscription = receiver}))
    return false;
  subscription.told_has_room = subscription.has_room;
  return true;
}

template <Platform P>
Timestamp LayerControl<P>::tell(const Transport& transport) {
  Timestamp next = kNever;
  for (const Transport::Sent& sent : transport.subscriptions) {
    Subscription* subscription = env_.pools.subscriptions.resolve(sent.subscription);
    if (subscription == nullptr) continue;
    if (!tell_room(sent.subscription, *subscription))
      next = std::min(next, env_.now + kTimerPassInterval);
    const auto current = subscription->current_layer();
    if (!current || current == subscription->told_layer) continue;
    const Timestamp at = subscription->layer_told_at + Subscription::kTellLayerInterval;
    if (env_.now >= at && env_.raise({.kind = EventKind::kLayerChanged,
                                      .transport = subscription->transport,
                                      .stream = {},
                                      .path = {},
                                      .subscription = sent.subscription,
                                      .layer = *current})) {
      subscription->told_layer = current;
      subscription->layer_told_at = env_.now;
    } else {
      next = std::min(next, std::max(at, env_.now + kTimerPassInterval));
    }
  }
  return next;
}

}  // namespace penstock
