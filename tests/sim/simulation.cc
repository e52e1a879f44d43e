#include "tests/sim/simulation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dataplane/base/check.h"
#include "dataplane/net/udp_parser.h"
#include "dataplane/net/udp_writer.h"
#include "tests/sim/deterministic_openssl.h"
#include "tests/sim/person.h"
#include "tests/support/digest.h"
#include "tests/support/ip_fragments.h"

namespace penstock::sim {
namespace {

constexpr std::uint16_t kFirstClientHost = 10;
constexpr std::uint16_t kFirstPlainHost = 20'000;

Certificate make_certificate(std::uint64_t seed) {
  seed_openssl(seed);
  auto certificate = Certificate::generate(1'700'000'000);
  PENSTOCK_CHECK(certificate.has_value());
  return std::move(*certificate);
}

MacAddress destination_of(std::span<const std::uint8_t> frame) {
  return MacAddress::from_bytes(frame.data());
}

// An Ethernet frame with the datagram.
std::vector<std::uint8_t> make_frame(const Path& path, const MacAddress& source,
                                     std::span<const std::uint8_t> datagram) {
  const UdpPathTemplate headers = make_udp_path_template(path, source);
  std::vector<std::uint8_t> frame(headers.header_bytes + datagram.size());
  std::copy(datagram.begin(), datagram.end(), frame.begin() + headers.header_bytes);
  write_udp_headers(headers, frame.data(), datagram.size());
  return frame;
}

}  // namespace

Simulation::Simulation(const SimulationConfig& config)
    : config_(config),
      prng_(config.seed),
      certificate_(make_certificate(config.seed)),
      signalling_(config.signalling_delay),
      server_(config, certificate_, signalling_, *this),
      network_(config.seed ^ 0xBEEF, config.grain) {
  signalling_.set_now(now_);
}

Simulation::~Simulation() {
  server_.resume_all();
  for (const auto& client : clients_) {
    client->uplink.set_conditions({.is_cut = true});
    client->downlink.set_conditions({.is_cut = true});
  }
  for (const auto& person : people_) person->stop();
  signalling_.close_all(server_.apis());
  server_.whip().close_all(now_);
  run_for(100 * kMillisecond);
  server_.expect_baseline();
  EXPECT_EQ(nonces_.repeats(), 0U) << "a packet index was used for two packets";
  EXPECT_EQ(nonces_.restarts(), 0U) << "an SSRC was numbered anew";
  EXPECT_LE(server_.reclaims().longest(), kReclaimBound) << "memory came back late";
}

Person& Simulation::join(std::uint64_t room, const std::string& name) {
  const auto watermark = static_cast<std::uint32_t>(people_.size() + 1);
  people_.push_back(std::make_unique<Person>(*this, name, watermark));
  people_.back()->join(room);
  return *people_.back();
}

SimClient& Simulation::add_client(const LinkConditions& uplink, const LinkConditions& downlink,
                                  test::ClientConfig config) {
  auto client = std::make_unique<SimClient>();
  client->index = clients_.size();
  client->addresses = host_addresses(static_cast<std::uint16_t>(kFirstClientHost + client->index));
  client->uplink.set_conditions(uplink);
  client->downlink.set_conditions(downlink);
  config.seed = prng_.next_u64();
  config.local.port = 40'000;
  if (config_.is_behind_nat) {
    client->addresses.ipv4 = host_addresses(kFirstClientHost).ipv4;
    config.local.port = static_cast<std::uint16_t>(config.local.port + client->index);
  }
  config.local.ip = client->addresses.ipv4.address;
  client->webrtc = std::make_unique<test::WebRtcClient>(config, certificate_);
  by_mac_[client->addresses.mac] = client.get();
  clients_.push_back(std::move(client));
  return *clients_.back();
}

void Simulation::set_peer(SimClient& client, PeerId peer) {
  client.peer = peer;
  by_peer_[peer] = &client;
}

void Simulation::set_mac(SimClient& client, const MacAddress& mac) {
  by_mac_.erase(client.addresses.mac);
  client.addresses.mac = mac;
  by_mac_[mac] = &client;
}

PlainHost& Simulation::add_plain_host() {
  const auto number = static_cast<std::uint16_t>(kFirstPlainHost + plain_hosts_.size());
  plain_hosts_.push_back(std::make_unique<PlainHost>(host_addresses(number)));
  return *plain_hosts_.back();
}

void Simulation::send_from(const PlainHost& host, std::uint16_t port, const SocketAddress& to,
                           std::span<const std::uint8_t> datagram) {
  const Path path{.remote_mac = server_.addresses().mac, .remote = to, .local = {host.ip(), port}};
  server_.host().deliver(0, make_frame(path, host.mac(), datagram));
}

void Simulation::give_to_plain_hosts(const std::vector<std::uint8_t>& frame) {
  for (const auto& host : plain_hosts_) {
    const MacAddress destination = destination_of(frame);
    if (destination != host->mac() && destination != kBroadcastMac) continue;
    if (auto reply = host->take(frame, now_)) server_.host().deliver(0, std::move(*reply));
  }
}

void Simulation::inject(const SocketAddress& from, const SocketAddress& to,
                        std::span<const std::uint8_t> datagram) {
  const Path path{.remote_mac = server_.addresses().mac, .remote = to, .local = from};
  server_.host().deliver(0, make_frame(path, host_addresses(9).mac, datagram));
}

void Simulation::run_for(Duration duration) {
  const Timestamp end = now_ + duration;
  for (Timestamp next = next_event(); next <= end; next = next_event()) {
    now_ = std::max(now_, next);
    step();
  }
  now_ = end;
  signalling_.set_now(now_);
}

bool Simulation::run_until(const std::function<bool()>& condition, Duration limit) {
  const Timestamp end = now_ + limit;
  while (!condition()) {
    const Timestamp next = next_event();
    if (next > end) return false;
    now_ = std::max(now_, next);
    step();
  }
  return true;
}

Timestamp Simulation::next_event() const {
  Timestamp next = std::min({next_tick_, network_.next_arrival(),
                             signalling_.next_arrival(!server_.is_control_stopped())});
  for (const auto& client : clients_) next = std::min(next, client->webrtc->next_timeout());
  for (const auto& person : people_) next = std::min(next, person->next_timeout());
  return next;
}

void Simulation::step() {
  if (now_ >= next_tick_) next_tick_ = now_ + config_.tick;
  signalling_.set_now(now_);
  deliver_frames();
  signalling_.deliver(server_.is_control_stopped() ? nullptr : &server_.apis());
  run_server();
  run_clients();
}

void Simulation::deliver_frames() {
  FrameInFlight in_flight;
  while (network_.take(now_, in_flight)) {
    mix_into_trace(in_flight);
    if (in_flight.to_server) {
      // As a NIC with one queue does: everything arrives at worker 0.
      server_.host().deliver(0, in_flight.frame);
      continue;
    }
    SimClient& client = *clients_[in_flight.client];
    const FrameVerdict verdict = parse_frame(in_flight.frame, client.addresses);
    // Behind a NAT that has forgotten the old address, nothing to it arrives.
    if (verdict.kind != FrameKind::kUdp || verdict.path.local != client.webrtc->local()) continue;
    const auto datagram = std::span<std::uint8_t>(in_flight.frame)
                              .subspan(verdict.payload_offset, verdict.payload_bytes);
    if (client.filter_down && !client.filter_down(datagram)) continue;
    client.webrtc->handle_datagram(now_, verdict.path.remote, datagram);
  }
}

void Simulation::run_server() {
  for (int turn = 0; turn < 16; ++turn) {
    const std::size_t work = server_.run_once(now_);
    collect_from_server();
    if (work == 0) break;
  }
}

void Simulation::collect_from_server() {
  std::vector<std::uint8_t> frame;
  while (server_.host().take_sent(frame)) {
    give_to_plain_hosts(frame);
    const auto found = by_mac_.find(destination_of(frame));
    if (found == by_mac_.end()) continue;
    SimClient& client = *found->second;
    const FrameVerdict verdict = parse_frame(frame, client.addresses);
    if (verdict.kind == FrameKind::kUdp) {
      const auto datagram = std::span<const std::uint8_t>(frame).subspan(verdict.payload_offset,
                                                                         verdict.payload_bytes);
      client.last_sent_to_at = now_;
      client.last_sent_to = verdict.path.local;
      nonces_.watch(client.index, datagram, config_.srtp_profiles.front());
    }
    LinkModel& link = client.shared_downlink ? *client.shared_downlink : client.downlink;
    const auto fate =
        network_.send({.to_server = false, .client = client.index, .frame = frame}, link, now_);
    if (client.watch_down) client.watch_down(frame, fate, now_);
  }
}

void Simulation::run_clients() {
  for (const auto& person : people_) {
    if (now_ >= person->next_timeout()) person->handle_timeout();
  }
  for (const auto& client : clients_) {
    if (now_ >= client->webrtc->next_timeout()) client->webrtc->handle_timeout(now_);
    send_from(*client);
  }
}

void Simulation::send_from(SimClient& client) {
  test::ClientDatagram datagram;
  while (client.webrtc->poll_output(datagram)) {
    if (client.filter_up && !client.filter_up(datagram.bytes)) continue;
    const Path path{.remote_mac = server_.addresses().mac,
                    .remote = datagram.to,
                    .local = client.webrtc->local()};
    const auto frame = make_frame(path, client.addresses.mac, datagram.bytes);
    std::vector<std::vector<std::uint8_t>> frames = {frame};
    if (client.fragment_bytes != 0 && frame.size() > kUdpHeadersBytesMax + client.fragment_bytes)
      frames = test::ip_fragments(frame, client.fragment_bytes, ++fragmented_);
    for (auto& part : frames) {
      const auto verdict =
          network_.send({.to_server = true, .client = client.index, .frame = std::move(part)},
                        client.uplink, now_);
      if (client.watch_up) client.watch_up(datagram.bytes, verdict);
    }
  }
}

void Simulation::mix_into_trace(const FrameInFlight& frame) {
  const auto mix = [this](std::uint64_t value) { trace_ = (trace_ ^ value) * 0x100000001B3ULL; };
  mix(static_cast<std::uint64_t>(frame.at));
  mix(frame.client * 2 + (frame.to_server ? 1 : 0));
  mix(test::digest_of(frame.frame));
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
