#include "tests/sim/sim_server.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dataplane/base/check.h"

namespace penstock::sim {
namespace {

constexpr std::uint16_t kServerHost = 2;

janus::StaticRoom make_room(std::uint64_t id) {
  janus::StaticRoom room = janus::JanusConfig::default_room();
  room.id = room::Id(id);
  room.settings.publishers_max = 100;
  return room;
}

janus::JanusConfig janus_config(const SimulationConfig& config) {
  janus::JanusConfig janus;
  janus.session_timeout = config.session_timeout;
  janus.static_rooms = {make_room(kRoom), make_room(kOtherRoom)};
  return janus;
}

WorkerContext worker_context(const SimulationConfig& config, std::size_t index) {
  WorkerContext context;
  context.index = static_cast<WorkerIndex>(index);
  context.worker_count = static_cast<WorkerIndex>(config.workers);
  context.udp_port_base = config.udp_port_base;
  context.srtp_backend = config.srtp_backend;
  context.transports_max = config.pools.transports;
  context.seed = config.seed * 31 + index;
  context.wall_clock = {.at = 0, .ntp = ntp_from_unix_ns(1'700'000'000'000'000'000ULL)};
  return context;
}

}  // namespace

InterfaceAddresses host_addresses(std::uint16_t host) {
  const auto high = static_cast<std::uint8_t>(host >> 8);
  const auto low = static_cast<std::uint8_t>(host);
  InterfaceAddresses addresses;
  addresses.mac = {{0x02, 0, 0, 0, high, low}};
  addresses.ipv4 = {
      .address = IpAddress::from_v4({198, 18, high, low}), .gateway = {}, .prefix_bits = 16};
  return addresses;
}

SimServer::SimServer(const SimulationConfig& config, const Certificate& certificate,
                     SignallingSender& signalling, MediaEvents& observer)
    : observer_(observer),
      random_(config.seed ^ 0x5EED),
      host_(config.workers, config.limits),
      stats_(config.workers),
      addresses_(host_addresses(kServerHost)),
      is_stopped_(config.workers, false) {
  registry_ = std::make_unique<Registry>(host_, config.pools, random_.next_u64());
  grace_oracle_ = std::make_unique<GraceOracle>(registry_->pools(), host_);
  for (std::size_t i = 0; i < config.workers; ++i) {
    WorkerContext context = worker_context(config, i);
    context.addresses = addresses_;
    context.pools = &registry_->pools();
    context.gateway_macs = &gateway_macs_;
    context.stats = &stats_[i];
    workers_.push_back(std::make_unique<SimWorker>(host_.platform(context.index), context));
  }
  DtlsOptions options;
  options.srtp_profiles = config.srtp_profiles;
  auto context = DtlsContext::create(certificate, options);
  PENSTOCK_CHECK(context.has_value());
  dtls_ = std::make_unique<DtlsContext>(std::move(*context));
  MediaConfig media;
  media.candidate_addresses = {addresses_.ipv4.address};
  media.udp_port_base = config.udp_port_base;
  media.room_peers_per_worker_max = config.room_peers_per_worker_max;
  media.peers_max = config.pools.transports + config.pools.streams;
  media_ = std::make_unique<PeerConnections>(*registry_, *dtls_, certificate, random_, media);
  janus_ = std::make_unique<janus::Core>(janus_config(config), signalling, *media_, random_);
  janus_baseline_ = janus_->counts();
}

std::size_t SimServer::run_once(Timestamp now) {
  now_ = now;
  if (is_interleaved_) return run_control() + run_workers();
  return run_workers() + run_control();
}

std::size_t SimServer::run_control() {
  if (is_control_stopped_) return 0;
  const bool has_worked = media_->poll(now_, *this);
  if (now_ >= janus_->next_timeout()) janus_->handle_timeout(now_);
  return has_worked ? 1 : 0;
}

std::size_t SimServer::run_workers() {
  std::size_t work = 0;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (!is_stopped_[i]) work += workers_[i]->run_once(now_);
  }
  return work;
}

void SimServer::interleave_workers() {
  is_interleaved_ = true;
  host_.interleave([this] { run_workers(); });
}

Timestamp SimServer::next_timeout() const {
  return is_control_stopped_ ? kNever : std::min(media_->next_timeout(), janus_->next_timeout());
}

void SimServer::resume_all() {
  std::fill(is_stopped_.begin(), is_stopped_.end(), false);
  is_control_stopped_ = false;
}

void SimServer::expect_baseline() const {
  const DataplanePoolCounts counts = registry_->pool_counts();
  for (const PoolCounts& pool :
       {counts.transports, counts.streams, counts.subscriptions, counts.fan_out_chunks}) {
    EXPECT_TRUE(pool.is_conserved());
    EXPECT_EQ(pool.live, 0U) << "something of a closed peer is still there";
    EXPECT_EQ(pool.retired, 0U);
  }
  EXPECT_EQ(counts.retired_count, 0U);
  EXPECT_EQ(grace_oracle_->early_reclaims(), 0U) << "reclaimed while a worker may have read it";
  EXPECT_EQ(host_.packets().live(), 0U) << "packet buffers leaked";
  EXPECT_EQ(media_->counts(), MediaCounts{});
  EXPECT_EQ(janus_->counts(), janus_baseline_) << "something of a closed session is still there";
}

std::uint64_t SimServer::drops(DropReason reason) const {
  std::uint64_t total = 0;
  for (const WorkerStats& stats : stats_)
    total += stats.drops[static_cast<std::size_t>(reason)].get();
  return total;
}

void SimServer::on_connected(PeerId peer, Timestamp now) {
  observer_.on_connected(peer, now);
  janus_->on_connected(peer, now);
}

void SimServer::on_closed(PeerId peer, std::string_view reason, Timestamp now) {
  observer_.on_closed(peer, reason, now);
  janus_->on_closed(peer, reason, now);
}

void SimServer::on_media(PeerId peer, std::string_view mid, MediaKind kind, bool is_receiving,
                         Timestamp now) {
  observer_.on_media(peer, mid, kind, is_receiving, now);
  janus_->on_media(peer, mid, kind, is_receiving, now);
}

}  // namespace penstock::sim
