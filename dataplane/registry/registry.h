// The control thread's half of the data plane: it owns the pools, publishes fan-out lists, turns
// calls into commands, and retires and reclaims what is destroyed. Implements api/dataplane.h over
// a WorkerLink; the server and the simulator use the same one. Control thread only, apart from what
// workers do through `pools()`.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/api/dataplane.h"
#include "dataplane/api/worker_link.h"
#include "dataplane/pool/retire_list.h"
#include "dataplane/registry/command_backlog.h"
#include "dataplane/registry/fan_out_writer.h"
#include "dataplane/worker/context.h"

namespace penstock {

class Registry final : public Dataplane {
 public:
  // `link` outlives the registry. `seed`: for RTCP SSRCs and first sequence numbers. `backend`: of
  // SRTP, for all workers. `memory`: where the pools lie.
  Registry(WorkerLink& link, const PoolSizes& sizes, std::uint64_t seed,
           SrtpBackend backend = SrtpBackend::kIpsecMb, PoolMemory memory = PoolMemory::heap());
  // Frees what waits for its grace period: the workers are gone, nobody reads any more. What is
  // live then was forgotten by whoever made it.
  ~Registry() override;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // For the workers' contexts.
  const Pools& pools() const { return pools_; }

  std::size_t worker_count() const override { return link_.worker_count(); }
  WorkerIndex worker_of(StreamHandle stream) const override;
  std::expected<TransportHandle, DataplaneError> create_transport(const TransportConfig&) override;
  void destroy_transport(TransportHandle transport, Timestamp now) override;
  void add_flow(TransportHandle transport, const Path& path,
                const std::optional<stun::Nomination>& nomination) override;
  void remove_flow(TransportHandle transport, const Path& path) override;
  void set_ice_credentials(TransportHandle transport, const IceCredentials& ice) override;
  std::expected<void, DataplaneError> set_srtp_keys(TransportHandle transport,
                                                    const SrtpKeys& keys) override;
  void set_extensions(TransportHandle transport, const ExtensionMap& in,
                      const ExtensionMap& out) override;
  void set_transport_options(TransportHandle transport, const TransportOptions& options) override;
  void limit_bitrate(TransportHandle transport, std::uint64_t bitrate_bps) override;
  void send_datagram(WorkerIndex worker, const Path& path,
                     std::span<const std::uint8_t> datagram) override;
  std::expected<StreamHandle, DataplaneError> create_stream(const StreamConfig&) override;
  void update_stream(StreamHandle stream, const StreamConfig&) override;
  void destroy_stream(StreamHandle stream, Timestamp now) override;
  std::expected<SubscriptionHandle, DataplaneError> create_subscription(
      const SubscriptionConfig&) override;
  std::expected<void, DataplaneError> prepare_retarget(SubscriptionHandle subscription,
                                                       StreamHandle stream) override;
  void cancel_retarget(SubscriptionHandle subscription) override;
  void commit_retarget(SubscriptionHandle subscription, const SubscriptionTarget& target) override;
  void destroy_subscription(SubscriptionHandle subscription, Timestamp now) override;
  void set_paused(SubscriptionHandle subscription, bool is_paused) override;
  void limit_layers(SubscriptionHandle subscription, Layer limit) override;
  void set_priority(SubscriptionHandle subscription, std::uint8_t priority) override;
  void set_fallback(SubscriptionHandle subscription, Duration fallback) override;
  void set_playout_delay(SubscriptionHandle subscription,
                         std::optional<PlayoutDelay> delay) override;
  void limit_receiver(TransportHandle transport, std::uint64_t bitrate_bps) override;
  void request_keyframe(StreamHandle stream) override;
  HeardAudio heard_of(StreamHandle stream) const override;
  void set_audio_gate(StreamHandle stream, std::uint8_t loudness) override;
  RecentLevels recent_levels_of(StreamHandle stream) const override;
  std::optional<Duration> round_trip_of(TransportHandle transport) const override;
  std::optional<std::uint64_t> estimate_of(TransportHandle transport) const override;
  StreamReports reports_on(StreamHandle stream) const override;
  std::optional<RtpReport> report_on(SubscriptionHandle subscription) const override;
  LayerReports layers_of(StreamHandle stream) const override;
  bool poll(Timestamp now, DataplaneEvents& events) override;
  DataplanePoolCounts pool_counts() const override;
  // What was destroyed and waits for its grace period.
  const RetireList& retired() const { return retired_; }
  void report_pools(PoolReports& out) const override;
  void expect_pools(OwnershipWalk& walk) const override;
  void walk_transport(OwnershipWalk& walk, TransportHandle transport) const override;
  void walk_stream(OwnershipWalk& walk, StreamHandle stream) const override;
  void walk_subscription(OwnershipWalk& walk, SubscriptionHandle subscription) const override;

 private:
  template <typename T>
  void retire(ObjectPool<T>& pool, Handle<T> handle);
  bool refuses_creates(WorkerIndex worker) const;
  void send(TransportHandle transport, Command command);
  // To the worker of the receiver whose it is.
  void send(SubscriptionHandle subscription, Command command);
  void send_to(WorkerIndex worker, const Command& command);
  bool flush_backlog(WorkerIndex worker);
  bool deliver(WorkerIndex worker, DataplaneEvents& events);
  void deliver(WorkerIndex worker, const PuntedDatagram& datagram, DataplaneEvents& events);

  // What lives on a transport, as its worker's tables have room for so much; whether it has keys.
  struct Load {
    std::size_t streams = 0;
    std::size_t subscriptions = 0;
    bool has_keys = false;
  };
  // Null if the transport is gone, and with it the tables.
  Load* find_load(TransportHandle transport);

  // Where a subscription is listed.
  struct Listing {
    StreamHandle stream;
    FanOutPlace place;
  };
  void remove_from_list(const Listing& listing);

  WorkerLink& link_;
  Prng prng_;
  const PoolSizes sizes_;
  Timestamp now_ = 0;  // of the latest call that retires or reclaims
  Pools pools_;
  RetireList retired_;
  FanOutWriter fan_out_;
  std::vector<Load> loads_;  // by index of the transport's handle
  // By index of the subscription's handle: where it is, and where it will be with the commit of a
  // retarget.
  std::vector<Listing> listings_;
  std::vector<Listing> next_listings_;
  std::array<std::vector<std::uint8_t>, kWorkersMax> parts_;  // of a datagram, so far
  // While one is long no object is made on its worker (refuses_creates).
  std::array<CommandBacklog, kWorkersMax> backlog_;
};

}  // namespace penstock
