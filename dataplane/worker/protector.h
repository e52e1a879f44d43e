// Step 9 of a packet's journey: packets that have their receiver's header are encrypted together,
// get the headers of UDP, and go to the transmitter. Owned by the worker; its own thread only.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/rtp/payload/red.h"
#include "dataplane/rtp/payload/rewritten_descriptor.h"
#include "dataplane/rtp/rtx.h"
#include "dataplane/srtp/batch.h"
#include "dataplane/worker/owned_transports.h"
#include "dataplane/worker/transmitter.h"

namespace penstock {

enum class OutgoingKind : std::uint8_t { kMedia, kResent, kProbe, kPadding };

// What a packet has of its receiver's own in front of its payload: an RTX header and a payload
// descriptor, or headers of RED.
inline constexpr std::size_t kPrefixBytesMax =
    std::max(kRtxHeaderBytes + RewrittenDescriptor::kBytesMax, kRedHeadersBytesUsual);

template <Platform P>
class Protector {
 public:
  using Packet = typename P::Packet;

  // A packet between its header and its encryption.
  struct Outgoing {
    Packet* packet;
    Transport* transport;
    Subscription* subscription;
    SlotRef source;               // null: it has nothing of any slot
    std::uint16_t payload_bytes;  // as senders count them
    OutgoingKind kind = OutgoingKind::kMedia;
    bool has_udp_headers = false;
  };

  Protector(Environment<P>& env, SrtpEngine& srtp, OwnedTransports& owned,
            Transmitter<P>& transmitter)
      : env_(env), srtp_(srtp), owned_(owned), transmitter_(transmitter) {}

  // Takes the packet over. What it points to stays until the next flush. Field by field: a struct
  // that was only just written would be copied before it has left the CPU's store buffer, which
  // waits for it.
  void add(const Outgoing& outgoing, const ProtectJob& job) {
    Outgoing& to = outgoing_[count_];
    to.packet = outgoing.packet;
    to.transport = outgoing.transport;
    to.subscription = outgoing.subscription;
    to.source = outgoing.source;
    to.payload_bytes = outgoing.payload_bytes;
    to.kind = outgoing.kind;
    to.has_udp_headers = outgoing.has_udp_headers;
    ProtectJob& next = jobs_[count_++];
    next.context = job.context;
    next.payload = job.payload;
    next.prefix = job.prefix;
    next.packet = job.packet;
    next.header_bytes = job.header_bytes;
    next.payload_bytes = job.payload_bytes;
    next.prefix_bytes = job.prefix_bytes;
    next.roc = job.roc;
    if (count_ == outgoing_.size()) flush();
  }

  // What the next packet has in front of its payload, for as long as it waits here.
  std::span<std::uint8_t, kPrefixBytesMax> next_prefix() { return prefixes_[count_]; }

  void flush();

 private:
  void finish(const Outgoing& outgoing, const ProtectJob& job);
  Counter& counter_of(OutgoingKind kind) const;
  [[gnu::noinline]] void begin_reports(Transport& transport, Subscription& subscription);

  Environment<P>& env_;
  SrtpEngine& srtp_;
  OwnedTransports& owned_;
  Transmitter<P>& transmitter_;

  std::size_t count_ = 0;
  std::array<Outgoing, kSrtpJobsMax> outgoing_{};
  std::array<ProtectJob, kSrtpJobsMax> jobs_{};
  std::array<std::array<std::uint8_t, kPrefixBytesMax>, kSrtpJobsMax> prefixes_{};
};

// Encrypts what has been projected and queues it for transmission.
template <Platform P>
void Protector<P>::flush() {
  if (count_ == 0) return;
  const std::span jobs(jobs_.data(), count_);
  env_.enter(Stage::kProtect);
  srtp_.protect_rtp(jobs);
  env_.enter(Stage::kTransmit);
  for (std::size_t i = 0; i < jobs.size(); ++i) finish(outgoing_[i], jobs[i]);
  count_ = 0;
  env_.enter(Stage::kProject);
}

template <Platform P>
void Protector<P>::finish(const Outgoing& outgoing, const ProtectJob& job) {
  if (job.result != DropReason::kNone) return env_.drop(outgoing.packet, job.result);
  // What it was made of may be somebody else's.
  if (!outgoing.source.was_there(env_.pools.slots)) [[unlikely]] {
    if (!outgoing.source.is_null()) return env_.drop(outgoing.packet, DropReason::kSlotReclaimed);
  }
  if (!outgoing.has_udp_headers) {
    const UdpPathTemplate& path = outgoing.transport->path_template;
    transmitter_.write_media_headers(path, outgoing.packet,
                                     env_.platform.size(outgoing.packet) - path.header_bytes,
                                     outgoing.subscription->target.codec);
  }
  if (outgoing.kind != OutgoingKind::kMedia) [[unlikely]] {
    counter_of(outgoing.kind).add(1);
  } else {
    Subscription& subscription = *outgoing.subscription;
    if (subscription.reported_source != subscription.projection.source()) [[unlikely]]
      begin_reports(*outgoing.transport, subscription);
    ++subscription.packets_sent;
    subscription.octets_sent += outgoing.payload_bytes;
    subscription.last_sent_at = env_.now;
    env_.stats.media_forwarded.add(1);
  }
  transmitter_.transmit(outgoing.packet);
}

// Of what is no media for the first time.
template <Platform P>
Counter& Protector<P>::counter_of(OutgoingKind kind) const {
  if (kind == OutgoingKind::kResent) return env_.stats.media_resent;
  return kind == OutgoingKind::kProbe ? env_.stats.probes_kept : env_.stats.padding_sent;
}

// The first packet of a source: its receiver should soon know what time its timestamps are.
template <Platform P>
void Protector<P>::begin_reports(Transport& transport, Subscription& subscription) {
  subscription.reported_source = subscription.projection.source();
  subscription.early_reports = kEarlySenderReportsMax;
  subscription.next_report_at = env_.now;
  owned_.wake(transport, env_.now);
}

}  // namespace penstock
