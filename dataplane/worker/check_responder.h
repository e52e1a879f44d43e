// ICE's connectivity checks on known flows are answered by the worker; others are for the control
// plane, which knows the credentials of all (RFC 8445 section 7.3). A check renews consent (RFC
// 7675) and may select another pair. Owned by the worker; its own thread only.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/base/token_bucket.h"
#include "dataplane/stun/message.h"
#include "dataplane/stun/responder.h"
#include "dataplane/worker/keyframe_asker.h"
#include "dataplane/worker/protector.h"
#include "dataplane/worker/punter.h"

namespace penstock {

inline constexpr std::uint32_t kStunPuntsPerSecond = 20'000;

template <Platform P>
class CheckResponder {
 public:
  using Packet = typename P::Packet;

  CheckResponder(Environment<P>& env, const FlowTable& flows, Paths<P>& paths, Punter<P>& punter,
                 Protector<P>& protector, KeyframeAsker<P>& keyframes, Transmitter<P>& transmitter)
      : env_(env),
        flows_(flows),
        paths_(paths),
        punter_(punter),
        protector_(protector),
        keyframes_(keyframes),
        transmitter_(transmitter) {}

  // Takes the packet over. `handle`: whose flow it is of, or null.
  void take(Packet* packet, TransportHandle handle);

 private:
  bool answer(Packet* packet, const stun::MessageView& message, TransportHandle handle);
  void accept(Transport& transport, TransportHandle handle, const Path& path,
              const stun::BindingVerdict& verdict);

  Environment<P>& env_;
  const FlowTable& flows_;
  Paths<P>& paths_;
  Punter<P>& punter_;
  Protector<P>& protector_;
  KeyframeAsker<P>& keyframes_;
  Transmitter<P>& transmitter_;

  TokenBucket punts_{kStunPuntsPerSecond, kStunPuntsPerSecond / 10};
};

template <Platform P>
void CheckResponder<P>::take(Packet* packet, TransportHandle handle) {
  const auto bytes = env_.datagram(packet);
  stun::MessageView message;
  if (const DropReason reason = stun::parse_message(bytes, message); reason != DropReason::kNone) {
    env_.drop(packet, reason);
    return;
  }
  if (answer(packet, message, handle)) return;
  const TransportHandle previous = flows_.previous(env_.platform.metadata(packet).path.remote);
  if (answer(packet, message, previous)) return;
  // An unknown address, or other credentials than the flow's: the control plane knows them all.
  if (!punts_.take(env_.now)) {
    env_.drop(packet, DropReason::kPuntRateLimited);
    return;
  }
  punter_.punt(packet, {});
}

// True if the message is done with: its credentials are the transport's, or it needs none.
template <Platform P>
bool CheckResponder<P>::answer(Packet* packet, const stun::MessageView& message,
                               TransportHandle handle) {
  Transport* transport = env_.pools.transports.resolve(handle);
  if (transport == nullptr) return false;
  Path path = env_.platform.metadata(packet).path;
  std::array<std::uint8_t, stun::kAnswerBytesMax> answer;
  const auto verdict = stun::answer_binding_request(message, transport->ice, path.remote, answer);
  if (verdict.drop == DropReason::kStunUnauthenticated) return false;
  // Consent that was lost does not come back (RFC 7675 section 5.1).
  const DropReason reason = transport->is_consent_expired ? DropReason::kNoConsent : verdict.drop;
  if (reason != DropReason::kNone) {
    env_.drop(packet, reason);
    return true;
  }
  if (verdict.authenticated) accept(*transport, handle, path, verdict);
  transmitter_.send_payload(paths_.way_to(path, transport),
                            std::span<const std::uint8_t>(answer).first(verdict.bytes));
  env_.stats.stun_answered.add(1);
  env_.platform.release(packet);
  return true;
}

template <Platform P>
void CheckResponder<P>::accept(Transport& transport, TransportHandle handle, const Path& path,
                               const stun::BindingVerdict& verdict) {
  paths_.settle_flow(path.remote, handle);
  paths_.learn_next_hop(transport, path);
  if (is_along(transport.path, path)) {
    transport.consent_at = transport.path_heard_at = env_.now;
    if (verdict.priority != 0) transport.nomination.priority = verdict.priority;
    if (!verdict.nominates) return;
    transport.nomination.number = verdict.nomination;
    transport.nomination.at = env_.now;
  } else if (paths_.should_move(transport, verdict)) {
    // What waits to be protected was begun for the path that ends here.
    protector_.flush();
    if (paths_.select(transport, path, {verdict.priority, verdict.nomination, env_.now}))
      keyframes_.ask_for_all(transport);
    paths_.tell(transport, handle);
  }
}

}  // namespace penstock
