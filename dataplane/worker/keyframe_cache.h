// Begins receivers with what is kept since the newest keyframe (docs/adr/0030), so that whoever
// joins has a picture at once and nobody else pays for it with a keyframe. Where there is none that
// is young enough, or too much has come since, the publisher is asked. Owned by the worker; its own
// thread only.
//
// The packets go in the receiver's paced queue, in order, and what comes meanwhile lines up behind
// them. They are those that are found in their slots now; of these some are still on their way here
// from the publisher's worker, and are told by where they stand (Subscription::cached_to).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/worker/keyframe_asker.h"
#include "dataplane/worker/layer_control.h"
#include "dataplane/worker/paced_queues.h"

namespace penstock {

// Packets that are looked for in an iteration before the rest of it waits for the next.
inline constexpr std::size_t kCachedPerIteration = 1'024;

template <Platform P>
class KeyframeCache {
 public:
  // What goes to a receiver on top of the keyframe itself is at most what its way carries in so
  // long: it is sent at 2.5 times that, so that it is where everybody else is soon.
  static constexpr Duration kBehindMax = 500 * kMillisecond;

  KeyframeCache(Environment<P>& env, KeyframeAsker<P>& asker, LayerControl<P>& layers,
                PacedQueues& paced)
      : env_(env), asker_(asker), layers_(layers), paced_(paced) {}

  // Those that are to begin (KeyframeAsker::beginners), as many of them as audio can wait for.
  void run() {
    auto& beginners = asker_.beginners();
    for (std::size_t packets = 0; !beginners.empty() && packets < kCachedPerIteration;) {
      const auto beginner = beginners.back();
      beginners.pop_back();
      found_.count = 0;
      if (!begin(beginner.receiver)) asker_.ask_for(beginner);
      packets += found_.count;
    }
  }

 private:
  // Of one encoding, in order; the keyframe is whole or some of it is missing, as it came.
  struct Found {
    std::size_t count = 0;
    std::size_t bytes = 0;  // behind the keyframe
    std::array<SlotRef, kHistoryPacketsPerStream> packets;
  };

  struct Keyframe {
    Slot first;              // of its packets
    std::uint64_t last = 0;  // the newest number of its encoding
  };

  // True if the receiver has all that it wants; false too if it has begun with less.
  bool begin(SubscriptionHandle receiver);
  bool begin_with(SubscriptionHandle receiver, Subscription& subscription, Transport& transport,
                  const Keyframe& keyframe);
  std::optional<Keyframe> keyframe_of(const Subscription& subscription, std::size_t encoding);
  void find(const Keyframe& keyframe);
  bool queue(SubscriptionHandle receiver, Subscription& subscription, Transport& transport);
  static std::size_t behind_bytes_max(const Transport& transport) {
    return static_cast<std::size_t>(transport.within_limit(transport.estimator.bps()) / 8 *
                                    static_cast<double>(kBehindMax) / static_cast<double>(kSecond));
  }

  Environment<P>& env_;
  KeyframeAsker<P>& asker_;
  LayerControl<P>& layers_;
  PacedQueues& paced_;
  Found found_;
};

template <Platform P>
bool KeyframeCache<P>::begin(SubscriptionHandle receiver) {
  Subscription* subscription = env_.pools.subscriptions.resolve(receiver);
  if (subscription == nullptr || subscription->projection.is_started()) return false;
  if (!subscription->is_sent()) return false;
  Transport* transport = env_.pools.transports.resolve(subscription->transport);
  if (transport == nullptr || !transport->can_send()) return false;
  // What already waits may be a keyframe, or belong behind one that is on its way.
  if (transport->paced_queue != PacedQueues::kNone && paced_.has(transport->paced_queue, receiver))
    return false;
  std::array<std::optional<Keyframe>, kEncodingsMax> keyframes;
  for (std::size_t encoding = 0; encoding < kEncodingsMax; ++encoding) {
    keyframes[encoding] = keyframe_of(*subscription, encoding);
    if (keyframes[encoding] && keyframes[encoding]->first.layer.is_simulcast)
      layers_.learn(*subscription, keyframes[encoding]->first);
  }
  const std::uint8_t wanted = subscription->layers.wanting();
  const auto try_those = [&](bool are_wanted) {
    for (std::size_t encoding = 0; encoding < kEncodingsMax; ++encoding) {
      const bool is_wanted = wanted == 0 || (wanted >> encoding & 1) != 0;
      if (keyframes[encoding] && is_wanted == are_wanted &&
          begin_with(receiver, *subscription, *transport, *keyframes[encoding]))
        return true;
    }
    return false;
  };
  if (try_those(true)) return true;
  try_those(false);
  return false;
}

template <Platform P>
auto KeyframeCache<P>::keyframe_of(const Subscription& subscription, std::size_t encoding)
    -> std::optional<Keyframe> {
  const StreamHandle stream = subscription.target.stream;
  const auto since = env_.pools.kept->since_keyframe(stream, encoding);
  if (!since) return std::nullopt;
  MediaPacket packet;
  if (!env_.pools.kept->find(stream, {since->source, since->first}, env_.pools.slots, env_.now,
                             packet))
    return std::nullopt;
  const Slot& first = packet.slot;
  if (!first.is_keyframe_start || first.codec != subscription.target.codec) return std::nullopt;
  if (subscription.projection.would_go_back(first.source_packet())) return std::nullopt;
  return Keyframe{first, since->last};
}

template <Platform P>
bool KeyframeCache<P>::begin_with(SubscriptionHandle receiver, Subscription& subscription,
                                  Transport& transport, const Keyframe& keyframe) {
  find(keyframe);
  if (found_.count == 0 || found_.bytes > behind_bytes_max(transport)) return false;
  if (!paced_.has_room(found_.count)) return false;
  if (keyframe.first.layer.is_simulcast && !layers_.take(receiver, subscription, keyframe.first))
    return false;
  if (!queue(receiver, subscription, transport)) return false;
  env_.stats.keyframes_cached.add(1);
  return true;
}

// What is not there has not come, or is gone; its receiver may ask for it.
template <Platform P>
void KeyframeCache<P>::find(const Keyframe& keyframe) {
  const Slot& first = keyframe.first;
  found_.count = found_.bytes = 0;
  for (std::uint64_t sequence = first.sequence; sequence <= keyframe.last; ++sequence) {
    MediaPacket packet;
    if (!env_.pools.kept->find(first.stream, {first.source, sequence}, env_.pools.slots, env_.now,
                               packet))
      continue;
    found_.packets[found_.count++] = packet.ref;
    if (packet.slot.timestamp != first.timestamp)
      found_.bytes += packet.slot.payload_bytes + Pace::kHeaderBytes;
  }
}

template <Platform P>
bool KeyframeCache<P>::queue(SubscriptionHandle receiver, Subscription& subscription,
                             Transport& transport) {
  transport.pace.begin_keyframe(env_.now);
  if (transport.paced_queue == PacedQueues::kNone) {
    transport.paced_queue =
        paced_.begin(subscription.transport, env_.now, transport.pace.opens_at());
    if (transport.paced_queue == PacedQueues::kNone) return false;
  }
  subscription.cached_to = 0;
  for (const SlotRef packet : std::span(found_.packets).first(found_.count)) {
    PENSTOCK_CHECK(paced_.push(transport.paced_queue, {packet, receiver}));
    subscription.cached_to = std::max(subscription.cached_to, packet.position());
  }
  subscription.has_begun_cached = true;
  return true;
}

}  // namespace penstock
