// Asks publishers for keyframes, on behalf of receivers. Owned by the worker; its own thread only.
// A publisher of another worker is asked there.
#pragma once

#include "dataplane/worker/owned_transports.h"
#include "dataplane/worker/rtcp_sender.h"

namespace penstock {

template <Platform P>
class KeyframeAsker {
 public:
  KeyframeAsker(Environment<P>& env, OwnedTransports& owned, RtcpSender<P>& rtcp)
      : env_(env), owned_(owned), rtcp_(rtcp) {}

  // Of these encodings of the stream, a bit for each.
  void ask(StreamHandle handle, std::uint8_t encodings = Stream::kAllEncodings);
  // A receiver wants one, of what it has or should have; or of these encodings. As often as a
  // receiver may.
  void ask(SubscriptionHandle handle, std::uint8_t encodings = 0);
  // A receiver says that it cannot go on; as often as a receiver may.
  void ask_for_receiver(SubscriptionHandle handle, const Transport& transport);
  // Of everything that the transport receives.
  void ask_for_all(const Transport& transport);

 private:
  Environment<P>& env_;
  OwnedTransports& owned_;
  RtcpSender<P>& rtcp_;
};

template <Platform P>
void KeyframeAsker<P>::ask(SubscriptionHandle handle, std::uint8_t encodings) {
  Subscription* subscription = env_.pools.subscriptions.resolve(handle);
  if (subscription == nullptr || !subscription->is_video()) return;
  if (env_.now - subscription->keyframe_asked_at < Subscription::kKeyframeAskInterval) return;
  subscription->keyframe_asked_at = env_.now;
  ask(subscription->target.stream, encodings != 0 ? encodings : subscription->layers.wanting());
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
