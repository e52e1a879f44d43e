#include "tests/sim/simulation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dataplane/base/check.h"
#include "dataplane/net/udp_parser.h"
#include "dataplane/net/udp_writer.h"
#include "tests/sim/deterministic_openssl.h"

namespace penstock::sim {
namespace {

constexpr std::uint16_t kUdpPortBase = 50'000;
constexpr Duration kTick = 5 * kMillisecond;

InterfaceAddresses host_addresses(std::uint8_t host) {
  InterfaceAddresses addresses;
  addresses.mac = {{0x02, 0, 0, 0, 0, host}};
  addresses.ipv4 = {
      .address = IpAddress::from_v4({198, 18, 0, host}), .gateway = {}, .prefix_bits = 24};
  return addresses;
}

Certificate make_certificate(std::uint64_t seed) {
  seed_openssl(seed);
  auto certificate = Certificate::generate(1'700'000'000);
  PENSTOCK_CHECK(certificate.has_value());
  return std::move(*certificate);
}

WorkerContext worker_context(const SimulationConfig& config, std::size_t index) {
  WorkerContext context;
  context.index = static_cast<WorkerIndex>(index);
  context.worker_count = static_cast<WorkerIndex>(config.workers);
  context.udp_port_base = kUdpPortBase;
  context.srtp_backend = config.srtp_backend;
  context.transports_max = config.pools.transports;
  context.seed = config.seed * 31 + index;
  context.wall_clock = {.at = 0, .ntp = ntp_from_unix_ns(1'700'000'000'000'000'000ULL)};
  return context;
}

}  // namespace

test::SyntheticSourceConfig audio(std::uint32_t sender) {
  return {.kind = MediaKind::kAudio, .sender = sender};
}

test::SyntheticSourceConfig video(std::uint32_t sender) {
  return {.kind = MediaKind::kVideo,
          .sender = sender,
          .frame_interval = 33 * kMillisecond,
          .packets_per_frame = 3,
          .packets_per_keyframe = 12,
          .payload_bytes = 1'100};
}

Simulation::Simulation(const SimulationConfig& config)
    : config_(config),
      prng_(config.seed),
      random_(config.seed ^ 0x5EED),
      host_(config.workers, config.limits),
      stats_(config.workers),
      server_(host_addresses(2)),
      is_stopped_(config.workers, false),
      certificate_(make_certificate(config.seed)),
      network_(config.seed ^ 0xBEEF) {
  registry_ = std::make_unique<Registry>(host_, config.pools, prng_.next_u64());
  for (std::size_t i = 0; i < config.workers; ++i) {
    WorkerContext context = worker_context(config, i);
    context.addresses = server_;
    context.pools = &registry_->pools();
    context.gateway_macs = &gateway_macs_;
    context.stats = &stats_[i];
    workers_.push_back(std::make_unique<SimWorker>(host_.platform(context.index), context));
  }
  DtlsOptions options;
  options.srtp_profiles = config.srtp_profiles;
  auto context = DtlsContext::create(certificate_, options);
  PENSTOCK_CHECK(context.has_value());
  dtls_ = std::make_unique<DtlsContext>(std::move(*context));
  MediaConfig media;
  media.candidate_addresses = {server_.ipv4.address};
  media.udp_port_base = kUdpPortBase;
  media.room_peers_per_worker_max = config.room_peers_per_worker_max;
  media_ = std::make_unique<PeerConnections>(*registry_, *dtls_, certificate_, random_, media);
}

Simulation::~Simulation() {
  std::fill(is_stopped_.begin(), is_stopped_.end(), false);
  is_control_stopped_ = false;
  for (const auto& client : clients_) kill(*client);
  for (const auto& client : clients_) media_->close(client->peer, now_);
  run_for(100 * kMillisecond);
  check_baseline();
}

void Simulation::check_baseline() {
  const DataplanePoolCounts counts = registry_->pool_counts();
  for (const PoolCounts& pool :
       {counts.transports, counts.streams, counts.subscriptions, counts.fan_out_chunks}) {
    EXPECT_TRUE(pool.is_conserved());
    EXPECT_EQ(pool.live, 0U) << "something of a closed peer is still there";
    EXPECT_EQ(pool.retired, 0U);
  }
  EXPECT_EQ(counts.retired_count, 0U);
  EXPECT_EQ(host_.packets().live(), 0U) << "packet buffers leaked";
  EXPECT_EQ(media_->counts().peers, 0U);
  EXPECT_EQ(media_->counts().handshakes_in_flight, 0U);
  EXPECT_EQ(media_->counts().rooms_placed, 0U);
}

SimClient& Simulation::add_client() {
  auto client = std::make_unique<SimClient>();
  client->index = clients_.size();
  client->peer = 1'000 + clients_.size();
  client->addresses = host_addresses(static_cast<std::uint8_t>(10 + clients_.size()));
  client->uplink = client->downlink = config_.link;
  test::ClientConfig config;
  config.seed = prng_.next_u64();
  config.local = {client->addresses.ipv4.address,
                  static_cast<std::uint16_t>(40'000 + clients_.size())};
  client->webrtc = std::make_unique<test::WebRtcClient>(config, certificate_);
  by_peer_[client->peer] = client.get();
  clients_.push_back(std::move(client));
  return *clients_.back();
}

void Simulation::publish(SimClient& client,
                         const std::vector<test::SyntheticSourceConfig>& sources) {
  PublishPolicy policy;
  policy.audio_codecs = {Codec::kOpus};
  policy.video_codecs = {Codec::kVp8};
  const std::string offer = client.webrtc->make_publish_offer(sources);
  const auto result = media_->publish(client.peer, {.room_key = 1}, offer, policy, now_);
  ASSERT_TRUE(result.has_value()) << result.error().text;
  client.published = result->streams;
  ASSERT_TRUE(client.webrtc->accept_publish_answer(result->answer_sdp, now_));
  client.webrtc->start_media(now_);
}

void Simulation::subscribe(SimClient& client, const std::vector<SimClient*>& publishers) {
  for (const SimClient* publisher : publishers) {
    for (const PublishedStream& stream : publisher->published) {
      SubscriberMline mline;
      mline.kind = stream.kind;
      mline.is_active = stream.is_active;
      mline.source = stream.handle;
      mline.codec = stream.codec;
      mline.fmtp = stream.fmtp;
      mline.msid_stream = std::to_string(publisher->peer);
      mline.msid_track = stream.mid;
      client.mlines.push_back(mline);
    }
  }
  const auto offer = media_->offer(client.peer, {.room_key = 1}, client.mlines, false, now_);
  ASSERT_TRUE(offer.has_value()) << offer.error().text;
  const auto accepted =
      media_->accept_answer(client.peer, client.webrtc->answer_subscription(*offer, now_), now_);
  ASSERT_TRUE(accepted.has_value()) << accepted.error().text;
}

void Simulation::kill(SimClient& client) { client.uplink.is_cut = client.downlink.is_cut = true; }

void Simulation::close(SimClient& client) { media_->close(client.peer, now_); }

std::uint64_t Simulation::drops(DropReason reason) const {
  std::uint64_t total = 0;
  for (const WorkerStats& stats : stats_)
    total += stats.drops[static_cast<std::size_t>(reason)].get();
  return total;
}

void Simulation::run_for(Duration duration) {
  const Timestamp end = now_ + duration;
  while (next_event() <= end) {
    now_ = std::max(now_, next_event());
    step();
  }
  now_ = end;
}

bool Simulation::run_until(const std::function<bool()>& condition, Duration limit) {
  const Timestamp end = now_ + limit;
  while (!condition()) {
    if (next_event() > end) return false;
    now_ = std::max(now_, next_event());
    step();
  }
  return true;
}

Timestamp Simulation::next_event() const {
  Timestamp next = std::min(next_tick_, network_.next_arrival());
  for (const auto& client : clients_) next = std::min(next, client->webrtc->next_timeout());
  return next;
}

void Simulation::step() {
  if (now_ >= next_tick_) next_tick_ = now_ + kTick;
  deliver_frames();
  run_server();
  run_clients();
}

void Simulation::deliver_frames() {
  FrameInFlight in_flight;
  while (network_.take(now_, in_flight)) {
    mix_into_trace(in_flight);
    if (in_flight.to_server) {
      // As a NIC with one queue does: everything arrives at worker 0.
      host_.deliver(0, in_flight.frame);
      continue;
    }
    SimClient& client = *clients_[in_flight.client];
    const FrameVerdict verdict = parse_frame(in_flight.frame, client.addresses);
    if (verdict.kind != FrameKind::kUdp) continue;
    client.webrtc->handle_datagram(now_, verdict.path.remote,
                                   std::span<const std::uint8_t>(in_flight.frame)
                                       .subspan(verdict.payload_offset, verdict.payload_bytes));
  }
}

// Workers and control plane take turns until nobody has anything to do at this instant.
void Simulation::run_server() {
  for (int turn = 0; turn < 16; ++turn) {
    std::size_t work = 0;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (!is_stopped_[i]) work += workers_[i]->run_once(now_);
    }
    if (!is_control_stopped_ && media_->poll(now_, *this)) ++work;
    collect_from_server();
    if (work == 0) break;
  }
}

void Simulation::collect_from_server() {
  std::vector<std::uint8_t> frame;
  while (host_.take_sent(frame)) {
    for (const auto& client : clients_) {
      if (!std::equal(client->addresses.mac.bytes.begin(), client->addresses.mac.bytes.end(),
                      frame.begin())) {
        continue;
      }
      network_.send({.to_server = false, .client = client->index, .frame = frame}, client->downlink,
                    client->down, now_);
    }
  }
}

void Simulation::run_clients() {
  for (const auto& client : clients_) {
    if (now_ >= client->webrtc->next_timeout()) client->webrtc->handle_timeout(now_);
    send_from(*client);
  }
}

void Simulation::send_from(SimClient& client) {
  test::ClientDatagram datagram;
  while (client.webrtc->poll_output(datagram)) {
    const Path path{
        .remote_mac = server_.mac, .remote = datagram.to, .local = client.webrtc->local()};
    const UdpPathTemplate headers = make_udp_path_template(path, client.addresses.mac);
    std::vector<std::uint8_t> frame(headers.header_bytes + datagram.bytes.size());
    std::copy(datagram.bytes.begin(), datagram.bytes.end(), frame.begin() + headers.header_bytes);
    write_udp_headers(headers, frame.data(), datagram.bytes.size());
    network_.send({.to_server = true, .client = client.index, .frame = std::move(frame)},
                  client.uplink, client.up, now_);
  }
}

void Simulation::mix_into_trace(const FrameInFlight& frame) {
  const auto mix = [this](std::uint64_t value) { trace_ = (trace_ ^ value) * 0x100000001B3ULL; };
  mix(static_cast<std::uint64_t>(frame.at));
  mix(frame.client * 2 + (frame.to_server ? 1 : 0));
  for (const std::uint8_t byte : frame.frame) mix(byte);
}

void Simulation::on_connected(PeerId peer, Timestamp) {
  if (const auto found = by_peer_.find(peer); found != by_peer_.end())
    found->second->was_connected = true;
}

void Simulation::on_closed(PeerId peer, std::string_view reason, Timestamp) {
  if (const auto found = by_peer_.find(peer); found != by_peer_.end())
    found->second->closed_reason = reason;
}

}  // namespace penstock::sim
