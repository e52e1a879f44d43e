// One ICE + DTLS association: the connection with one client, over which it publishes, receives, or
// both; or, of a plain one (TransportKind), what is sent to one address and comes from there. Lives
// in a pool; made and destroyed on the control thread, which also expands the keys into it;
// everything else belongs to the one worker that owns it, without locks or atomics.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "dataplane/api/dataplane.h"
#include "dataplane/api/rtp_report.h"
#include "dataplane/base/prefetch.h"
#include "dataplane/base/token_bucket.h"
#include "dataplane/cc/bandwidth_estimator.h"
#include "dataplane/cc/transport_cc_recorder.h"
#include "dataplane/forward/capture_clock.h"
#include "dataplane/forward/media_clock.h"
#include "dataplane/forward/pace.h"
#include "dataplane/forward/stream_table.h"
#include "dataplane/net/udp_writer.h"
#include "dataplane/pool/block_pool.h"
#include "dataplane/pool/fixed_vector.h"
#include "dataplane/srtp/contexts.h"
#include "dataplane/worker/paced_queues.h"
#include "dataplane/worker/reference_times.h"

namespace penstock {

class Transport {
 public:
  struct Sent {
    std::uint32_t ssrc = 0;  // of the subscription, apart from it, so that finding stays cheap
    SubscriptionHandle subscription;
    bool has_sent = false;
  };

  // UDP and IPv4, which is counted with what is compared; of IPv6 there are 20 more.
  static constexpr std::uint32_t kNetworkHeaderBytes = kIpv4HeaderBytes + kUdpHeaderBytes;

  // Datagrams of DTLS that go up, each second and at a time: of a handshake, and of a peer with
  // data channels, whose whole SCTP window may come at once.
  static constexpr std::uint32_t kHandshakePuntsPerS = 200;
  static constexpr std::uint32_t kDataPuntsPerS = 2'000;
  static constexpr std::uint32_t kDataPuntsBurst = 600;

  // RTCP of a peer that names no m-line of its own: one SSRC, and more when it starts over.
  static constexpr std::size_t kOtherRtcpSources = 16;

  // What forwarding a packet to the peer reads, from the beginning on.
  static constexpr std::size_t kSendBytes = 192 + sizeof(VaesGcmKeys);

  static constexpr SrtpReceiveContext::Ssrcs ssrcs(std::size_t streams_max,
                                                   std::size_t subscriptions_max) {
    const std::size_t of_streams = StreamTable::ssrcs_max(streams_max);
    return {.rtp_max = of_streams, .rtcp_max = of_streams + subscriptions_max + kOtherRtcpSources};
  }

  // The block that the tables of one with so many m-lines take.
  static constexpr std::size_t table_bytes(std::size_t streams_max, std::size_t subscriptions_max) {
    return SrtpReceiveContext::bytes(ssrcs(streams_max, subscriptions_max)) +
           StreamTable::bytes(streams_max) + TransportCcRecorder::bytes(streams_max != 0) +
           SendHistory::bytes(subscriptions_max != 0) + FixedVector<Sent>::bytes(subscriptions_max);
  }

  Transport(const TransportConfig& config, std::uint32_t rtcp_ssrc, MemoryBlock tables)
      : kind(config.kind),
        owner(config.worker),
        block_(std::move(tables)),
        estimator(config.subscriptions_max != 0, block_),
        path(config.plain.path),
        extensions_in(config.extensions_in),
        receive(ssrcs(config.streams_max, config.subscriptions_max), block_),
        streams(config.streams_max, block_),
        arrivals(config.streams_max != 0, block_),
        sender_ssrc(rtcp_ssrc),
        plain_rtcp_port(config.plain.rtcp_port),
        cname(config.cname),
        ice(config.ice),
        extensions_out(config.extensions_out),
        subscriptions(config.subscriptions_max, block_) {}

  void set_options(const TransportOptions& agreed) {
    if (agreed.has_data_channels != options.has_data_channels)
      punt_bucket = agreed.has_data_channels
                        ? TokenBucket(kDataPuntsPerS, kDataPuntsBurst)
                        : TokenBucket(kHandshakePuntsPerS, kHandshakePuntsPerS);
    options = agreed;
  }

  // Asks for what taking a packet from the peer reads.
  void prefetch_to_receive() const {
    receive.prefetch_key();
    prefetch(&path, 64);
    receive.prefetch_tables();
    prefetch(&streams, sizeof(streams) + 64);  // and the beginning of the arrivals
  }
  // And, once that has come, for what is found by it.
  void prefetch_sources() const {
    receive.prefetch_sources();
    streams.prefetch_ssrcs();
    arrivals.prefetch_next();
  }

  // True if media and RTCP may be sent: keys, a way, and of WebRTC consent (RFC 7675).
  bool can_send() const {
    return send.is_ready() && path_template.header_bytes != 0 && !is_consent_expired;
  }

  // Whether what its subscriptions show goes anywhere now.
  bool takes_media() const { return kind == TransportKind::kRecording || can_send(); }

  // What a packet to this peer reads, together: the way there, whether it may go, and the key.
  UdpPathTemplate path_template;  // of the nominated pair; no headers until there is one
  bool is_consent_expired = false;
  const TransportKind kind;
  const WorkerIndex owner;
  Pace pace;
  std::uint32_t paced_queue = PacedQueues::kNone;  // of what waits for its turn
  SrtpSendContext send;

 private:
  MemoryBlock block_;  // of the tables that follow

 public:
  // Of the way to the peer, from what it says of the packets that are sent to it.
  BandwidthEstimator estimator;
  // What of it was shared out last among the streams that the peer receives.
  struct Allocated {
    bool is_in_force = false;
    double bps = 0;          // of the estimate
    double used_bps = 0;     // of it, or more, by what streams are to have
    std::uint64_t seen = 0;  // what the streams were
    Timestamp at = 0;
    Timestamp short_since = kNever;  // it is less than what streams have
    Timestamp over_since = kNever;   // more was sent than that, as nothing else was left
    Timestamp downgraded_at = -kSecond;

    // It is no longer enough.
    bool becomes_short(double now_bps) const {
      return short_since == kNever && over_since == kNever && now_bps < used_bps;
    }
    // The estimate is another one, so that what was shared out should be looked at.
    bool has_moved(double now_bps) const {
      return !is_in_force || now_bps < 0.85 * bps || now_bps > 1.15 * bps;
    }
  } allocated;
  // The most that it is sent, whatever its way carries; 0: there is no limit.
  std::uint64_t send_limit_bps = 0;
  // Of a rate what it may be sent.
  double within_limit(double bps) const {
    return send_limit_bps == 0 ? bps : std::min(bps, static_cast<double>(send_limit_bps));
  }
  // What it may be sent in all, as far as is known.
  double available_bps() const {
    return within_limit(estimator.is_known() ? estimator.bps() : BandwidthEstimator::kMaxBps);
  }

  // What a packet from it reads, together. The timers set `is_consent_due`; the next authentic
  // packet renews consent and clears it.
  alignas(64) Path path;  // the nominated pair
  bool is_consent_due = true;
  ExtensionMap extensions_in;
  std::uint32_t last_media_ssrc = 0;  // of the peer; feedback must name one
  std::uint32_t arrived_bytes = 0;    // since feedback was sent last, with headers
  SrtpReceiveContext receive;
  StreamTable streams;
  TransportCcRecorder arrivals;

  Timestamp path_heard_at = 0;  // the last check or authentic packet on it
  Timestamp consent_at = 0;     // likewise: consent is of the nominated pair (RFC 7675 section 5.1)
  Timestamp next_consent_event_at = 0;
  const std::uint32_t sender_ssrc;      // of our RTCP where no media SSRC is meant
  const std::uint16_t plain_rtcp_port;  // PlainPeer::rtcp_port
  // Of a plain one, the MAC of its peer, if that is on our link; 0: not known. Found by worker 0.
  Published<std::uint64_t> neighbor_mac;
  TransportOptions options;  // set_options()
  const std::uint64_t cname;

  IceCredentials ice;
  ExtensionMap extensions_out;

  stun::Nomination nomination;  // what the peer said of the nominated pair
  // What a router has said of the way to an address of the peer's; an MTU of 0: nothing, or long
  // ago.
  struct PathLimit {
    SocketAddress remote;
    std::uint16_t mtu = 0;
    Timestamp ends_at = 0;
  } path_limit;
  bool is_path_told = true;       // to the control plane, if the worker chose it
  std::uint32_t owned_index = 0;  // in the worker's list of its transports
  TokenBucket punt_bucket{kHandshakePuntsPerS, kHandshakePuntsPerS};

  FixedVector<Sent> subscriptions;

  SenderClock sender_clock;
  CaptureClock capture_clock;
  ReferenceTimes reference_times;
  Timestamp feedback_at = -kTransportCcIntervalMax;  // the last one
  std::uint32_t feedback_bytes = 0;                  // of it, with headers
  // What it takes is little beside what it is about.
  bool is_feedback_cheap() const {
    return feedback_bytes * std::uint64_t{100} <= arrived_bytes * std::uint64_t{kRtcpSharePercent};
  }
  Timestamp next_report_at = 0;
  // What the peer is told that it may send; 0: nothing, as it never was limited.
  std::uint64_t remb_bps = 0;
  Timestamp next_remb_at = 0;
  // The same as a choice of layers (worker/publisher_limit.h).
  struct Limited {
    Timestamp look_at = 0;           // at what comes, next
    Timestamp over_since = kNever;   // what receivers get is too much
    Timestamp under_since = kNever;  // they could have more
  } limited;
  Duration rtt_ns = 0;  // to the peer and back, from its last report; 0: not known yet
  // The same for the control thread; of a peer that only sends, from what it sends again.
  Published<Duration> round_trip_ns;
  // What its way carries, likewise; 0: not known.
  Published<std::uint64_t> estimate_bps;
  void publish_estimate() {
    estimate_bps.set(estimator.is_known() ? static_cast<std::uint64_t>(estimator.bps()) : 0);
  }
};

// Of a receiver: 24 KB, with 64 subscriptions and what was sent in 2 s at 250 packets a second.
static_assert(SendHistory::kPackets >= 2 * 250);
static_assert(sizeof(Transport) + Transport::table_bytes(0, 64) <= 24 * 1'024);

}  // namespace penstock
