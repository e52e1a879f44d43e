// One worker: the loop body of one lcore, with everything that is private to it. `run_once(now)` is
// the whole data plane as a function of time and of what the platform delivers; it reads no clock,
// takes no lock and never blocks. This is the only place that orders the stages of a packet's
// journey (docs/architecture.md):
//
//   receive.inl.h   frames in: parse, hand over to the owner, classify, find the flow; STUN on
//                   known flows; punts
//   fragments.inl.h datagrams that come in IP fragments
//   media.inl.h     unprotect in batch, attribute, route; RTCP in
//   forward.inl.h   project, protect in batch
//   transmit.inl.h  to the port, as far as it has room
//   resend.inl.h    RTX of what is kept, to receivers
//   path.inl.h      which flow is whose, and the way to each peer
//   path_mtu.inl.h  how large a packet may be on the way to a peer
//   repair.inl.h    what publishers' packets are missing: NACK to them, or a keyframe
//   control.inl.h   commands, timers, RTCP, events
//
// The functions of a worker are called on its own thread only. Pointers resolved from pools live at
// most until the end of run_once, where the worker reports a quiescent state.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/base/prng.h"
#include "dataplane/forward/flow_table.h"
#include "dataplane/net/ethernet.h"
#include "dataplane/net/packet_too_big.h"
#include "dataplane/net/reassembler.h"
#include "dataplane/net/responder.h"
#include "dataplane/net/udp_parser.h"
#include "dataplane/rtp/demux.h"
#include "dataplane/rtp/rtx.h"
#include "dataplane/srtp/batch.h"
#include "dataplane/stun/message.h"
#include "dataplane/stun/responder.h"
#include "dataplane/worker/attribution.h"
#include "dataplane/worker/context.h"
#include "dataplane/worker/fan_out_queue.h"
#include "dataplane/worker/platform.h"
#include "dataplane/worker/projected_header.h"
#include "dataplane/worker/reports.h"
#include "dataplane/worker/shed_streams.h"
#include "dataplane/worker/slot.h"
#include "dataplane/worker/stage.h"

namespace penstock {

// Bounds on the work of one iteration.
inline constexpr std::size_t kHandoversPerIteration = 64;
inline constexpr std::size_t kCommandsPerIteration = 32;
inline constexpr std::size_t kOutgoingPerIteration = 32;
inline constexpr std::size_t kTimersPerIteration = 32;  // transports that something is due of
inline constexpr std::size_t kTimersSeenPerIteration = 1'024;  // and such as are only looked at
// Receivers to whom video is sent before audio is looked for again.
inline constexpr std::size_t kVideoSendsPerIteration = 64;
inline constexpr std::size_t kTransmitBurst = kSrtpJobsMax;
// Frames that are finished while the port has no room. Media is at most a batch and a burst of
// them, a chunk, and the RTX of an iteration: the rest is for what the worker says itself.
inline constexpr std::size_t kTransmitWaitingMax = 576;
// Nothing that waits is of use any more when the port has taken no frame for so long.
inline constexpr Duration kTransmitStallMax = 100 * kMillisecond;
// Streams that miss packets, and how often each is looked at.
inline constexpr std::size_t kRepairsPerIteration = 32;
inline constexpr Duration kRepairPassInterval = kMillisecond;
// Numbers in NACKs that are looked at.
inline constexpr std::size_t kResendsPerIteration = 256;
inline constexpr Duration kTimerPassInterval = 5 * kMillisecond;
// A transport of which nothing is due is seen to after so long: it may have ended.
inline constexpr Duration kTimerIntervalMax = 250 * kMillisecond;
inline constexpr std::uint32_t kStunPuntsPerSecond = 20'000;

template <Platform P>
class Worker {
 public:
  using Packet = typename P::Packet;

  // `platform` and what `context` points to outlive the worker. PENSTOCK_CHECKs that the SRTP
  // backend exists.
  Worker(P& platform, const WorkerContext& context);
  // Gives back the packets it holds.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // One iteration: everything that has arrived, up to fixed bounds, is dealt with and what it leads
  // to is sent. Returns how much there was to do: zero when idle.
  std::size_t run_once(Timestamp now);

  // True while there is a transport to serve: such a worker should not sleep for long.
  bool has_transports() const { return !owned_.empty(); }

 private:
  // What the worker remembers of a transport even when its handle has gone stale.
  struct Owned {
    TransportHandle transport;
    StaticVector<SocketAddress, kFlowsPerTransportMax> flows;
  };
  // A received RTP packet between parsing and the end of its batch, and where its plaintext goes.
  struct Pending {
    Packet* packet;
    Transport* transport;
    RtpHeader header;
    Slot* slot;
    SlotRing::Position position;
  };
  // A packet on its way to one of its receivers.
  struct Send {
    const MediaPacket* source;
    SubscriptionHandle receiver;
    Subscription* subscription;
  };
  // A projected packet between its header and its encryption.
  struct Outgoing {
    Packet* packet;
    Transport* transport;
    Subscription* subscription;
    SlotRef source;
    std::uint16_t payload_bytes;  // as senders count them
    bool is_resent = false;
    bool has_udp_headers = false;
  };

  // receive.inl.h
  std::size_t receive_frames();
  std::size_t receive_handovers();
  void take_media(const Handover<Packet>& handover);
  bool take_frame(Packet* packet);
  void look_ahead(std::span<Packet* const> packets);
  void take_link_frame(Packet* packet);
  bool hand_over_datagram(Packet* packet, std::uint16_t local_port);
  void take_datagram(Packet* packet);
  void take_stun(Packet* packet, TransportHandle handle);
  bool answer_check(Packet* packet, const stun::MessageView& message, TransportHandle handle);
  void accept_check(Transport& transport, TransportHandle handle, const Path& path,
                    const stun::BindingVerdict& verdict);
  void take_rtp(Packet* packet, Transport& transport);
  void renew_consent(Transport& transport, const Path& path);
  DropReason add_pending(Packet* packet, Transport& transport);
  Slot* take_slot(std::span<const std::uint8_t> rtp, const RtpHeader& header);
  void punt(Packet* packet, TransportHandle handle);
  std::span<std::uint8_t> datagram(Packet* packet);

  // fragments.inl.h
  [[gnu::noinline]] void take_fragment(Packet* packet);
  void hand_over_fragment(WorkerIndex worker, std::span<const std::uint8_t> frame);
  void take_handed_fragment(Packet* packet);
  void reassemble(const IpFragment& fragment);
  DropReason take_reassembled(const IpFragment& fragment, std::span<const std::uint8_t> packet);
  DropReason take_large(const Path& path, std::span<const std::uint8_t> payload);
  bool punt_in_parts(const Path& path, TransportHandle handle,
                     std::span<const std::uint8_t> payload);

  // media.inl.h
  void flush_received();
  bool settle(const Pending& pending, const UnprotectJob& job);
  DropReason take_plain(const Pending& pending, const UnprotectJob& job);
  void take_rtcp(Packet* packet, Transport& transport);
  void take_plain_rtcp(Packet* packet, Transport& transport, std::span<const std::uint8_t> bytes);
  void route(SlotRef ref, const Slot& slot, const Stream& stream);
  void ask_for_keyframe(StreamHandle handle);
  void ask_for_keyframe(SubscriptionHandle handle);
  void ask_for_keyframes(const Transport& transport);
  void send_pli(Transport& transport, const Encoding& encoding);

  // forward.inl.h
  void wait_for_turn(SlotRef ref, const Slot& slot);
  [[gnu::noinline]] bool stays_shed(const Slot& slot);
  [[gnu::noinline]] void end_shedding(const Slot& slot, const Stream& stream);
  std::size_t forward_in_turn(FanOutQueue& queue, std::size_t sends_max);
  std::size_t fan_out_first(FanOutQueue& queue, std::size_t sends_max);
  void fan_out(const MediaPacket& packet, std::span<const SubscriptionHandle> receivers);
  void flush_sends();
  void forward(const MediaPacket& source, Subscription& subscription, SubscriptionHandle handle);
  std::size_t write_header(const MediaPacket& source, const ProjectedPacket& projected,
                           Subscription& subscription, const Transport& transport,
                           std::uint8_t* rtp);
  void flush_protected();
  void finish_protected(const Outgoing& outgoing, const ProtectJob& job);

  // transmit.inl.h
  void transmit(Packet* packet);
  void write_media_headers(const UdpPathTemplate& path, std::uint8_t* frame,
                           std::size_t datagram_bytes, Codec codec);
  void transmit_link_frame(Packet* packet, std::size_t bytes);
  std::size_t flush_transmit();
  [[gnu::noinline]] void keep_for_port(std::size_t sent);
  [[gnu::noinline]] std::size_t transmit_waiting();
  void drop_waiting();
  template <typename Write>
  void send_rtcp(Transport& transport, Write&& write);
  template <typename Write>
  void send_feedback_message(Transport& transport, Write&& write);
  void send_payload(const UdpPathTemplate& path, std::span<const std::uint8_t> payload);

  // resend.inl.h
  void resend(Transport& transport, const RtcpRequests::Resend& request);
  DropReason resend(Transport& transport, Subscription& subscription,
                    std::uint16_t sequence_number);
  DropReason write_resent(const MediaPacket& source, Transport& transport,
                          Subscription& subscription, std::uint16_t sequence_number);

  // repair.inl.h
  void put_into_repair(Stream& stream, StreamHandle handle, std::size_t encoding);
  void ask_publishers_again();
  void ask_again(const Stream& stream, Encoding& encoding);
  void report_lost(Subscription& subscription, std::uint16_t sequence_number);
  void take_lost(StreamHandle handle, const SourcePosition& position);

  // path.inl.h
  [[gnu::noinline]] void take_contested(Packet* packet, DatagramKind kind, TransportHandle owner);
  DropReason take_alone(Packet* packet, DatagramKind kind, Transport& transport);
  void settle_flow(const SocketAddress& remote, TransportHandle handle);
  void add_flow(Transport& transport, TransportHandle handle, const Path& path,
                const stun::Nomination* nomination);
  void remove_flow(Transport& transport, TransportHandle handle, const SocketAddress& remote);
  bool should_move(const Transport& transport, const stun::BindingVerdict& verdict) const;
  void select_path(Transport& transport, const Path& path, const stun::Nomination& nomination);
  void tell_path(Transport& transport, TransportHandle handle);
  void learn_next_hop(Transport& transport, const Path& path);
  void refresh_next_hop(Transport& transport);
  UdpPathTemplate way_along(Path path) const;
  UdpPathTemplate way_to(Path path, const Transport* transport) const;
  MacAddress next_hop(const Path& path) const;

  // path_mtu.inl.h
  [[gnu::noinline]] void take_too_big(Packet* packet);
  DropReason limit_path(const PacketTooBig& message);
  void unlimit_path(Transport& transport);
  std::uint16_t path_mtu(const Transport* transport, const SocketAddress& remote) const;
  DropReason too_large_for(const UdpPathTemplate& path) const;
  void finish_control(const UdpPathTemplate& path, Packet* packet, std::size_t payload_bytes);

  // control.inl.h
  std::size_t apply_commands();
  void apply(const Command& command);
  void set_extensions(Transport& transport, const Command& command);
  void adopt(Transport& transport, TransportHandle handle);
  void attach_stream(Transport& transport, StreamHandle handle);
  void update_stream(Transport& transport, StreamHandle handle, const StreamConfig& config);
  void attach_subscription(Transport& transport, SubscriptionHandle handle);
  void retarget(SubscriptionHandle handle, const SubscriptionTarget& target);
  void pause_subscription(SubscriptionHandle handle, bool is_paused);
  void forget_destroyed_streams(Transport& transport);
  void forget_destroyed_subscriptions(Transport& transport);
  std::size_t send_outgoing();
  void poll_link();
  void publish_conflicts();
  void run_timers();
  Timestamp run_timers_of(Transport& transport, TransportHandle handle);
  void wake(const Transport& transport, Timestamp at);
  Timestamp check_consent(Transport& transport, TransportHandle handle);
  Timestamp run_stream_timers(Transport& transport);
  Timestamp send_feedback(Transport& transport);
  void limit_bitrate(Transport& transport, std::uint64_t bitrate_bps);
  Timestamp send_bitrate_limit(Transport& transport);
  Timestamp send_reception_reports(Transport& transport);
  Timestamp send_reports(Transport& transport);
  void disown(std::size_t index);
  [[nodiscard]] bool raise(const Event& event);
  void flush_events();

  void enter(Stage stage) {
    if constexpr (requires { platform_.enter(stage); }) platform_.enter(stage);
  }
  void drop(Packet* packet, DropReason reason);
  void count(DropReason reason, std::size_t packets = 1) {
    stats_.drops[static_cast<std::size_t>(reason)].add(packets);
  }
  void count_ecn(std::uint8_t ecn) {
    (ecn == kEcnCongestionExperienced ? stats_.ecn_congestion_received
                                      : stats_.ecn_capable_received)
        .add(1);
  }
  // The worker that has this port; nobody may.
  std::optional<WorkerIndex> owner_of(std::uint16_t port) const {
    const int owner = port - context_.udp_port_base;
    if (owner < 0 || owner >= static_cast<int>(context_.worker_count)) return std::nullopt;
    return static_cast<WorkerIndex>(owner);
  }
  std::uint16_t local_port() const {
    return static_cast<std::uint16_t>(context_.udp_port_base + context_.index);
  }

  P& platform_;
  const WorkerContext context_;
  const Pools& pools_;
  const std::size_t tag_bytes_;        // of the port's VLAN
  const std::size_t frame_bytes_max_;  // of what we send
  WorkerStats& stats_;
  std::unique_ptr<SrtpEngine> srtp_;
  Prng prng_;
  Timestamp now_ = 0;

  FlowTable flows_;
  std::vector<Owned> owned_;
  bool has_many_ = false;  // so many that the nearest caches do not have them
  // By the index in owned_: when something of it is due at the earliest. Apart, so that a look at
  // all of them is a look at few cache lines.
  std::vector<Timestamp> timers_;
  std::size_t timer_cursor_ = 0;
  Timestamp next_timer_pass_at_ = 0;

  Reassembler reassembler_;

  LinkResponder link_;
  Timestamp next_link_poll_at_ = 0;
  std::uint16_t next_identification_;  // of a packet that routers may cut into fragments
  TokenBucket stun_punts_{kStunPuntsPerSecond, kStunPuntsPerSecond / 10};

  std::size_t pending_count_ = 0;
  std::array<Pending, kBurstMax> pending_{};
  std::array<UnprotectJob, kBurstMax> unprotect_jobs_{};

  std::size_t send_count_ = 0;
  std::array<Send, kSrtpJobsMax> sends_{};
  std::array<MediaPacket, kSrtpJobsMax> send_sources_{};

  std::size_t outgoing_count_ = 0;
  std::array<Outgoing, kSrtpJobsMax> outgoing_{};
  std::array<ProtectJob, kSrtpJobsMax> protect_jobs_{};
  // What RTX has in front of the payload, by the job.
  std::array<std::array<std::uint8_t, kRtxHeaderBytes>, kSrtpJobsMax> rtx_headers_{};

  std::size_t transmit_count_ = 0;
  std::array<Packet*, kTransmitWaitingMax> transmit_{};
  bool is_port_full_ = false;  // it has not taken all of transmit_ when it was last asked to
  Timestamp port_full_since_ = 0;

  FanOutQueue audio_;
  FanOutQueue video_;
  ShedStreams shed_;

  SlotRing& slots_;  // of what this worker receives
  // Streams of publishers that miss packets, all looked at once in a pass: the first so many.
  std::vector<StreamHandle> in_repair_;
  std::size_t in_repair_count_ = 0;
  std::size_t repair_cursor_ = 0;
  Timestamp next_repair_pass_at_ = 0;

  std::size_t resends_left_ = 0;  // in this iteration

  StaticVector<Event, 64> events_;  // what did not fit the ring yet
};

template <Platform P>
Worker<P>::Worker(P& platform, const WorkerContext& context)
    : platform_(platform),
      context_(context),
      pools_(*context.pools),
      tag_bytes_(context.addresses.vlan_id == 0 ? 0 : kVlanTagBytes),
      frame_bytes_max_(kEthernetHeaderBytes + tag_bytes_ + context.mtu),
      stats_(*context.stats),
      srtp_(SrtpEngine::create(context.srtp_backend)),
      prng_(context.seed),
      flows_(context.transports_max * kFlowsPerTransportMax, prng_.next_u64()),
      link_(context.addresses),
      next_identification_(static_cast<std::uint16_t>(context.seed >> 48)),
      audio_(kAudioQueueMax, context.pools->subscriptions.capacity()),
      video_(kVideoQueueMax, context.pools->subscriptions.capacity()),
      slots_(*context.pools->slots[context.index]),
      in_repair_(context.pools->streams.capacity()) {
  PENSTOCK_CHECK(srtp_ != nullptr);
  // Its memory is touched here, so that it need not be in the loop.
  owned_.resize(context.transports_max);
  owned_.clear();
  timers_.resize(context.transports_max);
  timers_.clear();
}

template <Platform P>
Worker<P>::~Worker() {
  for (std::size_t i = 0; i < transmit_count_; ++i) platform_.release(transmit_[i]);
}

template <Platform P>
std::size_t Worker<P>::run_once(Timestamp now) {
  now_ = now;
  has_many_ = owned_.size() > context_.near_transports_max;
  enter(Stage::kReceive);
  std::size_t work = is_port_full_ ? transmit_waiting() : 0;
  // RTX is asked for again; what cannot be, needs the room more.
  resends_left_ = is_port_full_ ? 0 : kResendsPerIteration;
  work += receive_frames();
  work += receive_handovers();
  work += forward_in_turn(audio_, std::numeric_limits<std::size_t>::max());
  work += forward_in_turn(video_, kVideoSendsPerIteration);
  flush_protected();
  ask_publishers_again();
  enter(Stage::kControl);
  work += send_outgoing();
  work += apply_commands();
  poll_link();
  run_timers();
  slots_.make_room(now_, platform_);
  flush_transmit();
  flush_events();
  platform_.report_quiescent();
  enter(Stage::kOutside);
  return work;
}

template <Platform P>
void Worker<P>::drop(Packet* packet, DropReason reason) {
  count(reason);
  platform_.release(packet);
}

}  // namespace penstock

#include "dataplane/worker/control.inl.h"
#include "dataplane/worker/forward.inl.h"
#include "dataplane/worker/fragments.inl.h"
#include "dataplane/worker/media.inl.h"
#include "dataplane/worker/path.inl.h"
#include "dataplane/worker/path_mtu.inl.h"
#include "dataplane/worker/receive.inl.h"
#include "dataplane/worker/repair.inl.h"
#include "dataplane/worker/resend.inl.h"
#include "dataplane/worker/transmit.inl.h"
