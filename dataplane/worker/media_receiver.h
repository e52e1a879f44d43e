// Steps 5 to 7 of a packet's journey, and RTCP coming in: the packets of a burst are decrypted
// together, each into a slot, attributed to their streams, and routed to the workers of their
// receivers. Owned by the worker; its own thread only.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>

#include "dataplane/base/prefetch.h"
#include "dataplane/rtp/demux.h"
#include "dataplane/srtp/batch.h"
#include "dataplane/worker/attribution.h"
#include "dataplane/worker/forwarder.h"
#include "dataplane/worker/paths.h"
#include "dataplane/worker/repairer.h"
#include "dataplane/worker/resender.h"

namespace penstock {

template <Platform P>
class MediaReceiver {
 public:
  using Packet = typename P::Packet;

  MediaReceiver(Environment<P>& env, SrtpEngine& srtp, OwnedTransports& owned, Paths<P>& paths,
                KeyframeAsker<P>& keyframes, Forwarder<P>& forwarder, Repairer<P>& repairer,
                Resender<P>& resender)
      : env_(env),
        srtp_(srtp),
        owned_(owned),
        paths_(paths),
        keyframes_(keyframes),
        forwarder_(forwarder),
        repairer_(repairer),
        resender_(resender),
        slots_(*env.pools.slots[env.context.index]) {}

  // SRTP and SRTCP of the transport's peer, whose keys are there. Take the packet over.
  void take_rtp(Packet* packet, Transport& transport);
  void take_rtcp(Packet* packet, Transport& transport);
  // Takes one packet outside of a burst if it is the transport's; else it is still the caller's.
  // Nothing of a burst may wait.
  DropReason take_alone(Packet* packet, DatagramKind kind, Transport& transport);

  // Decrypts what the burst has collected, and routes it.
  void flush();

  // Of the ring's parts that were read by all; once per iteration.
  void make_room() { slots_.make_room(env_.now, env_.platform); }

 private:
  // A received RTP packet between parsing and the end of its batch, and where its plaintext goes.
  struct Pending {
    Packet* packet;
    Transport* transport;
    RtpHeader header;
    Slot* slot;
    SlotRing::Position position;
  };

  DropReason add(Packet* packet, Transport& transport);
  Slot* take_slot(std::span<const std::uint8_t> rtp, const RtpHeader& header);
  bool settle(const Pending& pending, const UnprotectJob& job);
  DropReason take_plain(const Pending& pending, const UnprotectJob& job);
  void route(SlotRef ref, const Slot& slot, const Stream& stream);
  void renew_consent(Transport& transport, const Path& path);
  void take_plain_rtcp(Packet* packet, Transport& transport, std::span<const std::uint8_t> bytes);

  Environment<P>& env_;
  SrtpEngine& srtp_;
  OwnedTransports& owned_;
  Paths<P>& paths_;
  KeyframeAsker<P>& keyframes_;
  Forwarder<P>& forwarder_;
  Repairer<P>& repairer_;
  Resender<P>& resender_;
  SlotRing& slots_;  // of what this worker receives

  std::size_t count_ = 0;
  std::array<Pending, kBurstMax> pending_{};
  std::array<UnprotectJob, kBurstMax> jobs_{};
};

template <Platform P>
void MediaReceiver<P>::take_rtp(Packet* packet, Transport& transport) {
  if (const DropReason reason = add(packet, transport); reason != DropReason::kNone) {
    env_.drop(packet, reason);
  } else if (count_ == pending_.size()) {
    flush();
  }
}

// An RTP packet, to be decrypted with the others of the burst.
template <Platform P>
DropReason MediaReceiver<P>::add(Packet* packet, Transport& transport) {
  const auto bytes = env_.datagram(packet);
  const auto header = parse_rtp_header(bytes);
  if (!header) return header.error();
  Slot* slot = take_slot(bytes, *header);
  slot->arrival = env_.platform.metadata(packet).arrival;
  jobs_[count_] = {.context = &transport.receive,
                   .packet = bytes.data(),
                   .packet_bytes = static_cast<std::uint16_t>(bytes.size()),
                   .header_bytes = header->header_bytes,
                   .payload = slot->bytes() + Slot::payload_begin(header->header_bytes)};
  pending_[count_++] = {packet, &transport, *header, slot, slots_.position()};
  if (env_.has_many)
    env_.pools.streams.prefetch(transport.streams.stream_of(header->ssrc), Stream::kReceiveBytes);
  return DropReason::kNone;
}

// With the packet's header in it.
template <Platform P>
Slot* MediaReceiver<P>::take_slot(std::span<const std::uint8_t> rtp, const RtpHeader& header) {
  const std::size_t header_bytes = header.header_bytes;
  const std::size_t slot_bytes = Slot::slot_bytes(header_bytes, rtp.size());
  std::byte* place = slots_.reserve(slot_bytes);
  // It was overwritten last when the ring was here before: on its way until the burst is decrypted.
  prefetch_to_write(place, slot_bytes);
  Slot* slot = new (place) Slot;
  std::memcpy(slot->bytes() + Slot::rtp_begin(header_bytes), rtp.data(), header_bytes);
  return slot;
}

template <Platform P>
void MediaReceiver<P>::flush() {
  if (count_ == 0) return;
  const std::span jobs(jobs_.data(), count_);
  env_.enter(Stage::kUnprotect);
  srtp_.unprotect_rtp(jobs);
  env_.enter(Stage::kAttribute);
  std::size_t used = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    if (settle(pending_[i], jobs[i])) used = i + 1;
  }
  // Who sends us what is not media, fills no memory with it.
  if (used < count_) slots_.take_back(pending_[used].position);
  count_ = 0;
  env_.enter(Stage::kReceive);
}

// The plaintext is in its slot, or there is none: either way the packet itself goes back. True if
// somebody was told of the slot.
template <Platform P>
bool MediaReceiver<P>::settle(const Pending& pending, const UnprotectJob& job) {
  const DropReason reason = job.result == DropReason::kNone ? take_plain(pending, job) : job.result;
  if (reason != DropReason::kNone) env_.count(reason);
  env_.platform.release(pending.packet);
  return reason == DropReason::kNone;
}

template <Platform P>
DropReason MediaReceiver<P>::take_plain(const Pending& pending, const UnprotectJob& job) {
  env_.stats.media_received.add(1);
  const Path& path = env_.platform.metadata(pending.packet).path;
  renew_consent(*pending.transport, path);
  paths_.learn_next_hop(*pending.transport, path);
  const PlainPacket plain{.bytes = pending.slot->bytes(),
                          .rtp_offset = Slot::rtp_begin(job.header_bytes),
                          .rtp_bytes = job.plain_bytes,
                          .header = pending.header,
                          .sequence = job.packet_index};
  const auto attribution = attribute(plain, *pending.transport, env_.pools, *pending.slot);
  if (!attribution) return attribution.error();
  Stream& stream = *attribution->stream;
  if (!stream.is_receiving) {
    stream.is_receiving = env_.raise({.kind = EventKind::kMediaStarted,
                                      .transport = {},
                                      .stream = attribution->handle,
                                      .path = {}});
    owned_.wake(*pending.transport, env_.now + kTimerPassInterval);
  }
  if (attribution->is_retransmission) env_.stats.media_repaired.add(1);
  repairer_.look_at(stream, attribution->handle, attribution->encoding);
  if (!attribution->is_heard) [[unlikely]]
    return DropReason::kAudioNotLoud;
  const SlotRef ref(env_.context.index, pending.position);
  // RTX is for video (sdp/subscriber_negotiation.cc): nobody asks for audio again.
  if (stream.is_video()) env_.pools.kept->keep(*pending.slot, ref, env_.pools.slots);
  if constexpr (requires { env_.platform.stored(pending.packet, pending.slot->bytes()); })
    env_.platform.stored(pending.packet, pending.slot->bytes());
  route(ref, *pending.slot, stream);
  return DropReason::kNone;
}

// One ring entry for each worker that has subscribers, not for each subscriber.
template <Platform P>
void MediaReceiver<P>::route(SlotRef ref, const Slot& slot, const Stream& stream) {
  for (WorkerIndex worker = 0; worker < env_.context.worker_count; ++worker) {
    const Handle<FanOutChunk> receivers = stream.fan_out.head(worker);
    if (receivers.is_null()) continue;
    if (worker == env_.context.index) {
      env_.pools.fan_out.prefetch(receivers, FanOutChunk::kFewBytes);
      forwarder_.take(ref, slot);
    } else if (env_.platform.hand_over(worker, {HandoverKind::kMedia, nullptr, {}, {}, ref})) {
      env_.stats.handed_over.add(1);
    } else {
      env_.count(DropReason::kHandoverRingFull);
    }
  }
}

// An authentic packet from the nominated pair: the peer has the keys, and is there now, as replays
// do not get here. That is as good as a check (docs/adr/0014).
template <Platform P>
void MediaReceiver<P>::renew_consent(Transport& transport, const Path& path) {
  if (!transport.is_consent_due) return;
  if (!is_along(transport.path, path)) return;
  transport.is_consent_due = false;
  transport.consent_at = transport.path_heard_at = env_.now;
}

template <Platform P>
void MediaReceiver<P>::take_rtcp(Packet* packet, Transport& transport) {
  const auto bytes = env_.datagram(packet);
  const auto result = srtp_.unprotect_rtcp(transport.receive, bytes);
  if (result.reason != DropReason::kNone) {
    env_.drop(packet, result.reason);
  } else {
    take_plain_rtcp(packet, transport, bytes.first(result.bytes));
  }
}

template <Platform P>
void MediaReceiver<P>::take_plain_rtcp(Packet* packet, Transport& transport,
                                       std::span<const std::uint8_t> bytes) {
  env_.stats.rtcp_received.add(1);
  renew_consent(transport, env_.platform.metadata(packet).path);
  paths_.learn_next_hop(transport, env_.platform.metadata(packet).path);
  RtcpRequests requests;
  const RtcpInstant arrival{env_.now, env_.context.wall_clock.ntp_at(env_.now)};
  if (!receive_rtcp(bytes, transport, env_.pools, arrival, requests))
    env_.count(DropReason::kRtcpInvalid);
  transport.publish_estimate();
  const double available_bps = transport.available_bps();
  if (transport.estimator.is_known() && (transport.allocated.has_moved(available_bps) ||
                                         transport.allocated.becomes_short(available_bps)))
    owned_.wake(transport, env_.now);
  for (const SubscriptionHandle handle : requests.keyframes)
    keyframes_.ask_for_receiver(handle, transport);
  for (const RtcpRequests::Resend& request : requests.resends) resender_.resend(transport, request);
  env_.platform.release(packet);
}

template <Platform P>
DropReason MediaReceiver<P>::take_alone(Packet* packet, DatagramKind kind, Transport& transport) {
  if (!transport.receive.is_ready()) return DropReason::kSrtpNoKeys;
  if (kind == DatagramKind::kRtcp) {
    const auto bytes = env_.datagram(packet);
    const auto result = srtp_.unprotect_rtcp(transport.receive, bytes);
    if (result.reason == DropReason::kNone)
      take_plain_rtcp(packet, transport, bytes.first(result.bytes));
    return result.reason;
  }
  const DropReason reason = add(packet, transport);
  if (reason != DropReason::kNone) return reason;
  count_ = 0;
  const UnprotectJob& job = jobs_.front();
  srtp_.unprotect_rtp(std::span(jobs_).first(1));
  if (job.result != DropReason::kNone || !settle(pending_.front(), job))
    slots_.take_back(pending_.front().position);
  return job.result;
}

}  // namespace penstock
