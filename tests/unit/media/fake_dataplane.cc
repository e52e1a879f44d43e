#include "tests/unit/media/fake_dataplane.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace penstock {

std::expected<TransportHandle, DataplaneError> FakeDataplane::create_transport(
    const TransportConfig& config) {
  if (is_refused()) return std::unexpected(DataplaneError::kTransportPoolFull);
  EXPECT_LT(config.worker, workers);
  const auto handle = next_handle<TransportHandle>();
  transports[handle] = {.config = config,
                        .ice = config.ice,
                        .flows = {},
                        .selected = {},
                        .keys = {},
                        .extensions_in = {},
                        .extensions_out = {},
                        .bitrate_limits = {}};
  return handle;
}

void FakeDataplane::destroy_transport(TransportHandle transport, Timestamp) {
  EXPECT_EQ(transports.erase(transport), 1U);
}

void FakeDataplane::add_flow(TransportHandle transport, const Path& path,
                             const std::optional<stun::Nomination>& nomination) {
  FakeTransport& fake = transports.at(transport);
  fake.flows[path.remote] = path;
  if (nomination) fake.selected = path;
}

void FakeDataplane::remove_flow(TransportHandle transport, const Path& path) {
  EXPECT_EQ(transports.at(transport).flows.erase(path.remote), 1U);
}

void FakeDataplane::set_ice_credentials(TransportHandle transport, const IceCredentials& ice) {
  transports.at(transport).ice = ice;
}

std::expected<void, DataplaneError> FakeDataplane::set_srtp_keys(TransportHandle transport,
                                                                 const SrtpKeys& keys) {
  if (!has_memory_for_keys) return std::unexpected(DataplaneError::kOutOfMemory);
  transports.at(transport).keys.push_back(keys);
  return {};
}

void FakeDataplane::set_extensions(TransportHandle transport, const ExtensionMap& in,
                                   const ExtensionMap& out) {
  transports.at(transport).extensions_in = in;
  transports.at(transport).extensions_out = out;
}

void FakeDataplane::set_transport_options(TransportHandle transport,
                                          const TransportOptions& options) {
  transports.at(transport).options = options;
}

void FakeDataplane::limit_bitrate(TransportHandle transport, std::uint64_t bitrate_bps) {
  transports.at(transport).bitrate_limits.push_back(bitrate_bps);
}

void FakeDataplane::send_datagram(WorkerIndex worker, const Path& path,
                                  std::span<const std::uint8_t> datagram) {
  const bool is_flow_known = std::ranges::any_of(
      transports, [&](const auto& entry) { return entry.second.flows.contains(path.remote); });
  sent.push_back({worker, path, {datagram.begin(), datagram.end()}, is_flow_known});
}

std::expected<StreamHandle, DataplaneError> FakeDataplane::create_stream(
    const StreamConfig& config) {
  if (is_refused()) return std::unexpected(DataplaneError::kStreamPoolFull);
  const auto handle = next_handle<StreamHandle>();
  streams[handle] = config;
  return handle;
}

void FakeDataplane::update_stream(StreamHandle stream, const StreamConfig& config) {
  EXPECT_EQ(codec_kind(config.codec), codec_kind(streams.at(stream).codec));
  EXPECT_EQ(config.mid, streams.at(stream).mid);
  streams.at(stream) = config;
}

void FakeDataplane::destroy_stream(StreamHandle stream, Timestamp) {
  EXPECT_EQ(streams.erase(stream), 1U);
}

std::expected<SubscriptionHandle, DataplaneError> FakeDataplane::create_subscription(
    const SubscriptionConfig& config) {
  if (!streams.contains(config.target.stream))
    return std::unexpected(DataplaneError::kNoSuchObject);
  if (is_refused()) return std::unexpected(DataplaneError::kSubscriptionPoolFull);
  const auto handle = next_handle<SubscriptionHandle>();
  subscriptions[handle] = {config, config.is_paused, false, {}};
  note_sending(subscriptions[handle]);
  return handle;
}

std::expected<void, DataplaneError> FakeDataplane::prepare_retarget(SubscriptionHandle subscription,
                                                                    StreamHandle stream) {
  if (!streams.contains(stream)) return std::unexpected(DataplaneError::kNoSuchObject);
  if (is_refused()) return std::unexpected(DataplaneError::kRetireListFull);
  subscriptions.at(subscription).prepared = stream;
  return {};
}

void FakeDataplane::cancel_retarget(SubscriptionHandle subscription) {
  subscriptions.at(subscription).prepared = {};
}

void FakeDataplane::commit_retarget(SubscriptionHandle handle, const SubscriptionTarget& target) {
  FakeSubscription& subscription = subscriptions.at(handle);
  EXPECT_TRUE(target.stream == subscription.config.target.stream ||
              target.stream == subscription.prepared);
  subscription.prepared = {};
  subscription.config.target = target;
}

void FakeDataplane::destroy_subscription(SubscriptionHandle subscription, Timestamp) {
  EXPECT_EQ(subscriptions.erase(subscription), 1U);
}

void FakeDataplane::limit_layers(SubscriptionHandle handle, Layer limit) {
  layer_limits[handle] = limit;
}

void FakeDataplane::set_paused(SubscriptionHandle handle, bool is_paused) {
  const auto found = subscriptions.find(handle);
  if (found == subscriptions.end()) return;
  found->second.is_paused = is_paused;
  note_sending(found->second);
}

void FakeDataplane::note_sending(FakeSubscription& subscription) {
  if (subscription.is_paused || subscription.may_have_sent) return;
  subscription.may_have_sent = true;
  ssrcs_used.push_back(subscription.config.ssrc);
  if (subscription.config.target.rtx_ssrc != 0)
    ssrcs_used.push_back(subscription.config.target.rtx_ssrc);
}

bool FakeDataplane::poll(Timestamp, DataplaneEvents& events) {
  const auto all = std::exchange(arrived, {});
  for (const auto& event : all) event(events);
  return !all.empty();
}

std::size_t FakeDataplane::flowing() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      subscriptions, [](const auto& entry) { return !entry.second.is_paused; }));
}

}  // namespace penstock
