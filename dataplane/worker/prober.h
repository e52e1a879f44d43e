// Sends what probes need beside the media (cc/probe_cluster.h), as RTX (RFC 4588): what the
// receiver was sent lately, of all its streams in turn, which may as well repair something; and
// where there is none of that, packets of nothing but padding, which every receiver of RTX counts
// and throws away. Owned by the worker; its own thread only.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/static_vector.h"
#include "dataplane/worker/projected_header.h"
#include "dataplane/worker/protector.h"
#include "dataplane/worker/resender.h"
#include "dataplane/worker/send_stamp.h"

namespace penstock {

// Receivers that are probed at a time, and packets that an iteration sends to one. Whoever comes
// beyond it is probed later.
inline constexpr std::size_t kProbesMax = 256;
inline constexpr std::size_t kProbePacketsPerIteration = 64;
// Of each stream so many packets are sent again with a probe, and looked for in an iteration.
inline constexpr std::size_t kProbeKeptPerStream = 64;
inline constexpr std::size_t kProbeTriesPerIteration = 64;

template <Platform P>
class Prober {
 public:
  Prober(Environment<P>& env, Transmitter<P>& transmitter, Protector<P>& protector,
         Resender<P>& resender)
      : env_(env), transmitter_(transmitter), protector_(protector), resender_(resender) {}

  // Begins a probe of the way to the receiver if one is due. Returns when to ask again.
  Timestamp poll(Transport& transport, TransportHandle handle) {
    BandwidthEstimator& estimator = transport.estimator;
    const Timestamp at = estimator.next_probe_at();
    if (at == kNever) return kNever;
    const Timestamp again = std::max(at, env_.now + kAskInterval);
    if (env_.now < at || probed_.full() || transmitter_.is_port_full()) return again;
    if (!transport.can_send() || padded(transport) == nullptr) return again;
    if (!estimator.poll_probe(env_.now)) return again;
    static_cast<void>(probed_.push_back({handle}));
    return kNever;
  }

  // Sends what is due of the probes.
  void run() {
    if (probed_.empty()) [[likely]]
      return;
    for (std::size_t i = 0; i < probed_.size();) {
      if (send_due(probed_[i])) {
        ++i;
      } else {
        probed_.erase_unordered(i);
      }
    }
    protector_.flush();
  }

 private:
  // All that one byte of length can say (RFC 3550 section 5.1).
  static constexpr std::size_t kPaddingBytes = 255;
  // While the way is not in a state to be probed.
  static constexpr Duration kAskInterval = 50 * kMillisecond;
  static constexpr std::array<std::uint8_t, kPaddingBytes> kPadding = [] {
    std::array<std::uint8_t, kPaddingBytes> bytes{};
    bytes.back() = kPaddingBytes;
    return bytes;
  }();

  // A packet is at most such a part of a probe: fewer packets say a wrong rate (with ten, two
  // receivers behind one link shared it 1 to 0.6).
  static constexpr std::size_t kProbeParts = 40;

  struct Probe {
    TransportHandle transport;
    // Of what is kept, what is tried next: counted over the streams in turn, back from the newest.
    std::uint32_t next_kept = 0;
  };

  // As whose RTX something can go: it has sent something. Null: nothing can.
  Subscription* probing(SubscriptionHandle handle) const {
    Subscription* subscription = env_.pools.subscriptions.resolve(handle);
    if (subscription == nullptr || !subscription->has_rtx()) return nullptr;
    const bool is_stamped = subscription->target.stamp == SendStamp::kTransportCc;
    return subscription->packets_sent != 0 && is_stamped ? subscription : nullptr;
  }
  // The subscription as whose RTX padding goes. Null: there is none.
  Subscription* padded(const Transport& transport) const {
    for (const Transport::Sent& sent : transport.subscriptions) {
      Subscription* subscription = probing(sent.subscription);
      if (subscription != nullptr) return subscription;
    }
    return nullptr;
  }
  bool send_due(Probe& probe);
  std::size_t send_kept(Transport& transport, Probe& probe, std::size_t& tries);
  std::size_t send_padding(Transport& transport, Subscription& subscription);

  Environment<P>& env_;
  Transmitter<P>& transmitter_;
  Protector<P>& protector_;
  Resender<P>& resender_;
  StaticVector<Probe, kProbesMax> probed_;
};

// False if the probe is over.
template <Platform P>
bool Prober<P>::send_due(Probe& probe) {
  Transport* transport = env_.pools.transports.resolve(probe.transport);
  if (transport == nullptr) return false;
  std::size_t due = transport->estimator.probe_due_bytes(env_.now);
  Subscription* subscription = transport->can_send() ? padded(*transport) : nullptr;
  if (subscription == nullptr || transmitter_.is_port_full()) due = 0;
  std::size_t tries = kProbeTriesPerIteration;
  for (std::size_t i = 0; i < kProbePacketsPerIteration && due > kPaddingBytes / 2; ++i) {
    std::size_t bytes = send_kept(*transport, probe, tries);
    if (bytes == 0) bytes = send_padding(*transport, *subscription);
    if (bytes == 0) break;
    due -= std::min(due, bytes);
  }
  return transport->estimator.is_probing();
}

// The next of what is kept. Returns the bytes of the datagram; 0: there is none.
template <Platform P>
std::size_t Prober<P>::send_kept(Transport& transport, Probe& probe, std::size_t& tries) {
  const std::size_t streams = transport.subscriptions.size();
  const std::size_t payload_bytes_max = transport.estimator.probe_bytes() / kProbeParts;
  for (; tries > 0 && probe.next_kept < streams * kProbeKeptPerStream; --tries) {
    const std::size_t next = probe.next_kept++;
    Subscription* subscription = probing(transport.subscriptions[next % streams].subscription);
    if (subscription == nullptr) continue;
    const std::size_t bytes =
        resender_.repeat(transport, *subscription, next / streams, payload_bytes_max);
    if (bytes != 0) return bytes + kStampedOverheadBytes;
  }
  return 0;
}

// Returns the bytes of the datagram; 0 if it could not be sent.
template <Platform P>
std::size_t Prober<P>::send_padding(Transport& transport, Subscription& subscription) {
  constexpr std::uint8_t kPaddingBit = 0x20;
  typename P::Packet* target = env_.platform.allocate();
  if (target == nullptr) return 0;
  const UdpPathTemplate& path = transport.path_template;
  std::uint8_t* rtp = env_.platform.data(target) + path.header_bytes;
  const ProjectedPacket projected{.sequence = subscription.rtx_sequence,
                                  .timestamp = subscription.projection.last_timestamp()};
  const std::size_t header_bytes = write_projected_header(
      projected, MediaPacket{}, subscription, transport, {rtp, kProjectedHeaderBytesMax});
  if (header_bytes == 0) {
    env_.platform.release(target);
    return 0;
  }
  rtp[0] |= kPaddingBit;
  rtp[1] = subscription.target.rtx_payload_type;
  store_be32(rtp + 8, subscription.target.rtx_ssrc);
  const std::size_t datagram_bytes =
      header_bytes + kPaddingBytes + srtp_tag_bytes(transport.send.profile());
  stamp_header(rtp, subscription, transport, datagram_bytes, env_.now);
  env_.platform.set_size(target, path.header_bytes + datagram_bytes);
  const auto roc = static_cast<std::uint32_t>(subscription.rtx_sequence++ >> 16);
  protector_.add({.packet = target,
                  .transport = &transport,
                  .subscription = &subscription,
                  .source = {},
                  .payload_bytes = kPaddingBytes,
                  .kind = OutgoingKind::kPadding},
                 {.context = &transport.send,
                  .payload = kPadding.data(),
                  .packet = rtp,
                  .header_bytes = static_cast<std::uint16_t>(header_bytes),
                  .payload_bytes = kPaddingBytes,
                  .roc = roc});
  return datagram_bytes + kStampedOverheadBytes;
}

}  // namespace penstock
