#include "tests/sim/sim_server.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "controlplane/admin/ownership.h"
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
  janus.reclaim_session_timeout = config.reclaim_session_timeout;
  janus.limits.subscriptions_per_subscriber_max = config.pools.subscriptions_per_transport;
  if (config.arena_bytes != 0) janus.recording_folder = SimRecordings::kFolder;
  janus.static_rooms = {make_room(kRoom), make_room(kOtherRoom)};
  return janus;
}

WorkerContext worker_context(const SimulationConfig& config, std::size_t index) {
  WorkerContext context;
  context.index = static_cast<WorkerIndex>(index);
  context.worker_count = static_cast<WorkerIndex>(config.workers);
  context.udp_port_base = config.udp_port_base;
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

std::string difference(const Census& before, const Census& after) {
  std::string text;
  for (const auto& [what, count] : after) {
    const auto found = before.find(what);
    const std::size_t was = found == before.end() ? 0 : found->second;
    if (was == count) continue;
    text += what + ": " + std::to_string(was) + ", now " + std::to_string(count) + "; ";
  }
  return text;
}

SimServer::SimServer(const SimulationConfig& config, const Certificate& certificate,
                     SignallingSender& signalling, MediaEvents& observer)
    : observer_(observer),
      random_(config.seed ^ 0x5EED),
      host_(config.workers, config.limits),
      stats_(config.workers),
      addresses_(host_addresses(kServerHost)),
      is_stopped_(config.workers, false) {
  registry_ =
      std::make_unique<Registry>(host_, config.pools, random_.next_u64(), config.srtp_backend);
  recordings_ = std::make_unique<SimRecordings>(config.workers, config.arena_bytes);
  grace_oracle_ = std::make_unique<GraceOracle>(registry_->pools(), host_);
  for (std::size_t i = 0; i < config.workers; ++i) {
    WorkerContext context = worker_context(config, i);
    context.addresses = addresses_;
    context.pools = &registry_->pools();
    context.gateway_macs = &gateway_macs_;
    context.flow_sources = &flow_sources_;
    context.stats = &stats_[i];
    context.recordings = recordings_->arena(i);
    workers_.push_back(std::make_unique<SimWorker>(host_.platform(context.index), context));
  }
  DtlsOptions options;
  options.srtp_profiles = config.srtp_profiles;
  auto context = DtlsContext::create(certificate, options);
  PENSTOCK_CHECK(context.has_value());
  dtls_ = std::make_unique<DtlsContext>(std::move(*context));
  MediaConfig media;
  media.candidate_addresses = {addresses_.ipv4.address};
  media.source_addresses = media.candidate_addresses;
  media.udp_port_base = config.udp_port_base;
  media.room_peers_per_worker_max = config.room_peers_per_worker_max;
  media.streams_per_publisher_max = config.pools.streams_per_transport;
  media.subscriptions_per_subscriber_max = config.pools.subscriptions_per_transport;
  media.peers_max = config.pools.transports + config.pools.streams;
  media.handshakes = config.handshakes;
  if (config.arena_bytes != 0) media.recordings = recordings_.get();
  media_ = std::make_unique<PeerConnections>(*registry_, *dtls_, certificate, dtls_executor_,
                                             random_, media);
  janus_ = std::make_unique<janus::Core>(janus_config(config), signalling, *media_, random_);
  whip_ = std::make_unique<whip::Service>(whip::Config{.sessions = 64}, signalling, *janus_,
                                          *media_, random_);
  apis_ = std::make_unique<ApiRouter>(*janus_, *whip_);
  baseline_ = census();
}

std::size_t SimServer::run_once(Timestamp now) {
  now_ = now;
  observe_retired();
  const std::size_t work =
      is_interleaved_ ? run_control() + run_workers() : run_workers() + run_control();
  observe_retired();
  return work;
}

std::size_t SimServer::run_control() {
  if (is_control_stopped_) return 0;
  recordings_->run(now_);
  const bool has_worked = media_->poll(now_, *this);
  if (now_ >= janus_->next_timeout()) janus_->handle_timeout(now_);
  if (now_ >= whip_->next_timeout()) whip_->handle_timeout(now_);
  return has_worked || now_ >= janus_->next_timeout() || now_ >= whip_->next_timeout() ? 1 : 0;
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

void SimServer::observe_retired() {
  const DataplanePoolCounts counts = registry_->pool_counts();
  reclaims_.observe(now_, counts.reclaimed_count + counts.retired_count, counts.reclaimed_count);
  const bool is_anybody_stopped = std::ranges::find(is_stopped_, true) != is_stopped_.end();
  if (is_anybody_stopped || is_control_stopped_) reclaims_.excuse_waiting();
}

Timestamp SimServer::next_timeout() const {
  return is_control_stopped_
             ? kNever
             : std::min({media_->next_timeout(), janus_->next_timeout(), whip_->next_timeout()});
}

void SimServer::resume_all() {
  std::fill(is_stopped_.begin(), is_stopped_.end(), false);
  is_control_stopped_ = false;
}

Census SimServer::census() const {
  Census census;
  PoolReports pools;
  registry_->report_pools(pools);
  media_->report_pools(pools);
  janus_->report_pools(pools);
  whip_->report_pools(pools);
  for (const PoolReport& pool : pools) {
    const std::string name(pool.name);
    EXPECT_TRUE(pool.counts.is_conserved()) << name;
    census[name + " live"] = pool.counts.live;
    census[name + " retired"] = pool.counts.retired;
  }
  census["retire list"] = registry_->pool_counts().retired_count;
  census["packets"] = host_.packets().live();
  const MediaCounts media = media_->counts();
  census["peers"] = media.peers;
  census["peers with a transport"] = media.transports;
  census["streams with media"] = media.streams;
  census["ufrags"] = media.ufrags;
  census["peers with timers"] = media.connecting;
  census["changes to report"] = media.changed;
  census["handshakes"] = media.handshakes_in_flight;
  census["handshakes that wait"] = media.handshakes_waiting;
  census["DTLS jobs"] = media.dtls_jobs;
  census["rooms placed"] = media.rooms_placed;
  census["data connections"] = media.data_connections;
  census["data routes"] = media.data_routes;
  census["recorders"] = media.recorders;
  census["recordings"] = media.recordings;
  census["files of recordings"] = recordings_->open_files();
  const janus::Counts janus = janus_->counts();
  census["channels"] = janus.channels;
  census["sessions"] = janus.sessions;
  census["handles"] = janus.handles;
  census["long polls"] = janus.long_polls;
  census["queued events"] = janus.queued_events;
  census["waiting handles"] = janus.waiting_handles;
  census["timers"] = janus.timers;
  census["client networks"] = janus.client_networks;
  census["rooms"] = janus.rooms.rooms;
  census["participants"] = janus.rooms.participants;
  census["published streams"] = janus.rooms.published_streams;
  census["subscribers"] = janus.rooms.subscribers;
  census["subscribed m-lines"] = janus.rooms.subscriptions;
  census["guests"] = janus.guests;
  const whip::Counts whip = whip_->counts();
  census["WHIP sessions"] = whip.sessions;
  census["WHIP timers"] = whip.timers;
  census["WHIP client networks"] = whip.client_networks;
  return census;
}

std::vector<std::string> SimServer::ownership_findings() const {
  return walk_ownership(*registry_, *media_, *janus_, *whip_).findings();
}

void SimServer::expect_baseline() const {
  EXPECT_EQ(difference(baseline_, census()), "") << "not everything is as it was at the start";
  EXPECT_EQ(ownership_findings(), std::vector<std::string>{});
  EXPECT_EQ(grace_oracle_->early_reclaims(), 0U) << "reclaimed while a worker may have read it";
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

void SimServer::on_layer(PeerId peer, std::uint32_t mindex, Layer layer, Timestamp now) {
  janus_->on_layer(peer, mindex, layer, now);
}

void SimServer::on_starved(PeerId peer, std::uint32_t mindex, bool is_starved, Timestamp now) {
  janus_->on_starved(peer, mindex, is_starved, now);
}

void SimServer::on_talking(PeerId peer, std::string_view mid, bool is_talking, float level,
                           Timestamp now) {
  observer_.on_talking(peer, mid, is_talking, level, now);
  janus_->on_talking(peer, mid, is_talking, level, now);
}

void SimServer::on_recording_ended(PeerId publisher, std::string_view mid, std::string_view file,
                                   std::string_view reason, Timestamp now) {
  janus_->on_recording_ended(publisher, mid, file, reason, now);
}

}  // namespace penstock::sim
