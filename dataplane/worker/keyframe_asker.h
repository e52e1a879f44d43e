// Asks publishers for keyframes, on behalf of receivers. Owned by the worker; its own thread only.
// A publisher of another worker is asked there. Of receivers that have nothing of a stream yet, or
// any more, a publisher hears only if there is no keyframe left that they can begin with
// (worker/keyframe_cache.h).
#pragma once

#include "dataplane/base/static_vector.h"
#include "dataplane/worker/owned_transports.h"
#include "dataplane/worker/rtcp_sender.h"

namespace penstock {

// Receivers that begin in one iteration of the worker; for those beyond it the publisher is asked.
inline constexpr std::size_t kBeginnersMax = 256;

template <Platform P>
class KeyframeAsker {
 public:
  KeyframeAsker(Environment<P>& env, OwnedTransports& owned, RtcpSender<P>& rtcp)
      : env_(env), owned_(owned), rtcp_(rtcp) {}

  // Of these encodings of the stream, a bit for each.
  void ask(StreamHandle handle, std::uint8_t encodings = Stream::kAllEncodings);
  // A receiver wants one, of what it has or should have; or of these encodings. As often as a
  // receiver may. One that is to begin is among beginners() until the end of the iteration.
  void ask(SubscriptionHandle handle, std::uint8_t encodings = 0);
  // A receiver says that it cannot go on; as often as a receiver may.
  void ask_for_receiver(SubscriptionHandle handle, const Transport& transport);
  // Of everything that the transport receives.
  void ask_for_all(const Transport& transport);

  struct Beginner {
    SubscriptionHandle receiver;
    std::uint8_t encodings = 0;
  };
  StaticVector<Beginner, kBeginnersMax>& beginners() { return beginners_; }
  // There is nothing that it could begin with.
  void ask_for(const Beginner& beginner);

 private:
  Environment<P>& env_;
  OwnedTransports& owned_;
  RtcpSender<P>& rtcp_;
  StaticVector<Beginner, kBeginnersMax> beginners_;
};

template <Platform P>
void KeyframeAsker<P>::ask(SubscriptionHandle handle, std::uint8_t encodings) {
  Subscription* subscription = env_.pools.subscriptions.resolve(handle);
  if (subscription == nullptr || !subscription->is_video()) return;
  if (subscription->keyframe_asked_at.passed(env_.now) < Subscription::kKeyframeAskInterval) return;
  subscription->keyframe_asked_at = CoarseTime(env_.now);
  const Beginner beginner{handle, encodings};
  if (subscription->projection.is_started() || !beginners_.push_back(beginner)) ask_for(beginner);
}

template <Platform P>
void KeyframeAsker<P>::ask_for(const Beginner& beginner) {
  const Subscription* subscription = env_.pools.subscriptions.resolve(beginner.receiver);
  if (subscription == nullptr) return;
  ask(subscription->target.stream,
      beginner.encodings != 0 ? beginner.encodings : subscription->layers.wanting());
}

template <Platform P>
void KeyframeAsker<P>::ask_for_receiver(SubscriptionHandle handle, const Transport& transport) {
  Subscription* subscription = env_.pools.subscriptions.resolve(handle);
  if (subscription == nullptr || !subscription->is_video()) return;
  if (!subscription->projection.is_started()) return ask(handle);
  if (!subscription->keyframes.request(env_.now, transport.rtt_ns,
                                       subscription->projection.highest_sequence()))
    return env_.count(DropReason::kKeyframeOverBudget);
  ask(subscription->target.stream, subscription->layers.wanting());
}

template <Platform P>
void KeyframeAsker<P>::ask_for_all(const Transport& transport) {
  for (const Transport::Sent& sent : transport.subscriptions) ask(sent.subscription);
}

template <Platform P>
void KeyframeAsker<P>::ask(StreamHandle handle, std::uint8_t encodings) {
  Stream* stream = env_.pools.streams.resolve(handle);
  if (stream == nullptr || !stream->is_video()) return;
  if (stream->owner != env_.context.index) {
    // A full ring only delays: whoever waits for a keyframe asks again.
    static_cast<void>(env_.platform.hand_over(
        stream->owner, {HandoverKind::kKeyframeRequest, nullptr, handle, {}, {}, encodings}));
    return;
  }
  // Of all there are where nothing is known of them yet, or any more.
  if (encodings >> stream->encoding_count() != 0 || encodings == 0)
    encodings = Stream::kAllEncodings;
  Transport* transport = env_.pools.transports.resolve(stream->transport);
  if (transport == nullptr) return;  // a dummy publisher's: there is nobody to ask
  stream->for_each_of(encodings, [&](std::size_t index, Encoding& encoding) {
    const Duration interval = stream->keyframe_interval(index, transport->rtt_ns);
    KeyframeRequester& requester = encoding.reception.keyframes;
    if (requester.request(env_.now, interval)) rtcp_.send_pli(*transport, encoding);
    owned_.wake(*transport, requester.due_at(interval));
  });
}

}  // namespace penstock
