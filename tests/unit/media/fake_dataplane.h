// A data plane without packets: hands out handles, remembers what it was told, refuses what a test
// wants refused, and delivers what a test says has come from the workers. Control thread only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "dataplane/api/dataplane.h"

namespace penstock {

class FakeDataplane final : public Dataplane {
 public:
  struct FakeTransport {
    TransportConfig config;
    IceCredentials ice;
    std::map<SocketAddress, Path> flows;
    std::optional<Path> selected;
    std::vector<SrtpKeys> keys;
    ExtensionMap extensions_in;
    ExtensionMap extensions_out;
    TransportOptions options{};
    std::vector<std::uint64_t> bitrate_limits;  // in the order in which they were set
  };
  struct FakeSubscription {
    SubscriptionConfig config;
    bool is_paused = false;
    bool may_have_sent = false;
    StreamHandle prepared;  // for a retarget
  };
  struct Sent {
    WorkerIndex worker;
    Path path;
    std::vector<std::uint8_t> bytes;
    bool is_flow_known = false;  // the worker had heard of the flow before
  };

  // The n-th create from now on is refused (1: the next one).
  void refuse_create(int nth) { refuse_in_ = nth; }
  // What poll() delivers next.
  void deliver(std::function<void(DataplaneEvents&)> event) { arrived.push_back(std::move(event)); }

  std::size_t worker_count() const override { return workers; }
  WorkerIndex worker_of(StreamHandle) const override { return 0; }
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
  HeardAudio heard_of(StreamHandle) const override { return {}; }
  void set_audio_gate(StreamHandle, std::uint8_t) override {}
  RecentLevels recent_levels_of(StreamHandle) const override { return {}; }
  void set_transport_options(TransportHandle transport, const TransportOptions& options) override;
  void limit_bitrate(TransportHandle transport, std::uint64_t bitrate_bps) override;
  void send_datagram(WorkerIndex worker, const Path& path,
                     std::span<const std::uint8_t> datagram) override;
  std::expected<StreamHandle, DataplaneError> create_stream(const StreamConfig&) override;
  void update_stream(StreamHandle stream, const StreamConfig& config) override;
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
  void set_priority(SubscriptionHandle subscription, std::uint8_t priority) override {
    priorities[subscription] = priority;
  }
  void set_fallback(SubscriptionHandle subscription, Duration fallback) override {
    fallbacks[subscription] = fallback;
  }
  void set_playout_delay(SubscriptionHandle subscription,
                         std::optional<PlayoutDelay> delay) override {
    playout_delays[subscription] = delay;
  }
  void limit_receiver(TransportHandle transport, std::uint64_t bitrate_bps) override {
    receiver_limits[transport] = bitrate_bps;
  }
  void request_keyframe(StreamHandle stream) override { keyframes.push_back(stream); }
  std::optional<std::uint64_t> estimate_of(TransportHandle transport) const override {
    if (!transports.contains(transport)) return std::nullopt;
    return estimate_bps;
  }
  std::optional<Duration> round_trip_of(TransportHandle transport) const override {
    if (!transports.contains(transport)) return std::nullopt;
    return round_trip;
  }
  StreamReports reports_on(StreamHandle stream) const override {
    StreamReports reports;
    const auto found = stream_reports.find(stream);
    if (found != stream_reports.end()) static_cast<void>(reports.push_back(found->second));
    return reports;
  }
  std::optional<RtpReport> report_on(SubscriptionHandle subscription) const override {
    const auto found = subscription_reports.find(subscription);
    if (found == subscription_reports.end()) return std::nullopt;
    return found->second;
  }
  LayerReports layers_of(StreamHandle) const override { return {}; }
  bool poll(Timestamp now, DataplaneEvents& events) override;
  DataplanePoolCounts pool_counts() const override { return {}; }
  void report_pools(PoolReports&) const override {}
  void expect_pools(OwnershipWalk&) const override {}
  void walk_transport(OwnershipWalk&, TransportHandle transport) const override {
    walked_transports.push_back(transport);
  }
  void walk_stream(OwnershipWalk&, StreamHandle stream) const override {
    walked_streams.push_back(stream);
  }
  void walk_subscription(OwnershipWalk&, SubscriptionHandle subscription) const override {
    walked_subscriptions.push_back(subscription);
  }

  std::size_t live() const { return transports.size() + streams.size() + subscriptions.size(); }
  // Subscriptions that may send.
  std::size_t flowing() const;

  std::size_t workers = 2;
  bool has_memory_for_keys = true;
  // What workers have said.
  std::uint64_t estimate_bps = 0;
  Duration round_trip = 0;
  std::map<StreamHandle, RtpReport> stream_reports;
  std::map<SubscriptionHandle, Layer> layer_limits;
  std::map<SubscriptionHandle, std::uint8_t> priorities;
  std::map<SubscriptionHandle, Duration> fallbacks;
  std::map<SubscriptionHandle, std::optional<PlayoutDelay>> playout_delays;
  std::map<TransportHandle, std::uint64_t> receiver_limits;
  std::map<SubscriptionHandle, RtpReport> subscription_reports;
  std::map<TransportHandle, FakeTransport> transports;
  std::map<StreamHandle, StreamConfig> streams;
  std::map<SubscriptionHandle, FakeSubscription> subscriptions;
  std::vector<std::uint32_t> ssrcs_used;  // one for each subscription that was ever allowed to send
  std::vector<Sent> sent;
  std::vector<StreamHandle> keyframes;
  std::vector<std::function<void(DataplaneEvents&)>> arrived;
  // What was marked as owned, in order.
  mutable std::vector<TransportHandle> walked_transports;
  mutable std::vector<StreamHandle> walked_streams;
  mutable std::vector<SubscriptionHandle> walked_subscriptions;

 private:
  void note_sending(FakeSubscription& subscription);
  template <typename H>
  H next_handle() {
    return H(next_index_++, 1);
  }
  bool is_refused() { return refuse_in_ > 0 && --refuse_in_ == 0; }

  std::uint32_t next_index_ = 1;
  int refuse_in_ = 0;
};

}  // namespace penstock
