// The whole media server in virtual time: the real workers, registry and peer connections on the
// simulated platform, clients with a real ICE, DTLS and SRTP stack, and a seeded network between
// them. One seed is one trace: time, randomness and the order of everything come from the seed
// alone.
//
//   Simulation sim({.seed = 7, .workers = 2});
//   auto& alice = sim.add_client();
//   sim.publish(alice, {audio(1), video(1)});
//   sim.run_for(2 * kSecond);
//
// When a Simulation is destroyed it closes every peer, lets two grace periods pass and checks that
// every pool and every packet buffer is back where it was: no scenario can leak unnoticed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/media/peer_connections.h"
#include "dataplane/registry/registry.h"
#include "tests/client/webrtc_client.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_worker.h"

namespace penstock::sim {

struct SimulationConfig {
  std::uint64_t seed = 1;
  std::size_t workers = 1;
  std::size_t room_peers_per_worker_max = 500;
  SrtpBackend srtp_backend = SrtpBackend::kIpsecMb;
  std::vector<SrtpProfile> srtp_profiles = {SrtpProfile::kAeadAes128Gcm};
  LinkConditions link{};  // of every client, both ways, unless changed
  SimLimits limits{};
  PoolSizes pools{.transports = 64, .streams = 128, .subscriptions = 1'024};
};

// One client of the simulation: a peer of the server with its own address and link.
struct SimClient {
  std::size_t index = 0;
  PeerId peer = 0;
  std::unique_ptr<test::WebRtcClient> webrtc;
  LinkConditions uplink;
  LinkConditions downlink;
  LinkCounters up;
  LinkCounters down;
  InterfaceAddresses addresses;
  std::vector<PublishedStream> published;
  std::vector<SubscriberMline> mlines;
  // What MediaEvents said of the peer.
  bool was_connected = false;
  std::string closed_reason;
};

// Sources of usual shapes; `sender` is the watermark.
test::SyntheticSourceConfig audio(std::uint32_t sender);
test::SyntheticSourceConfig video(std::uint32_t sender);

class Simulation : private MediaEvents {
 public:
  explicit Simulation(const SimulationConfig& config);
  ~Simulation() override;
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  Timestamp now() const { return now_; }
  void run_for(Duration duration);
  // Runs until the condition holds; false if it does not within `limit`.
  bool run_until(const std::function<bool()>& condition, Duration limit);

  SimClient& add_client();
  // Negotiates through Media, as the API would, and starts sending once connected.
  void publish(SimClient& client, const std::vector<test::SyntheticSourceConfig>& sources);
  // Subscribes the client to all streams of the publishers, in one connection.
  void subscribe(SimClient& client, const std::vector<SimClient*>& publishers);
  // The client goes away without a word; or the server ends its peer.
  void kill(SimClient& client);
  void close(SimClient& client);

  // A worker that does not run: stopped by the scenario, still online for grace periods.
  void stop_worker(WorkerIndex worker, bool stopped) { is_stopped_[worker] = stopped; }
  // The control plane does not run.
  void stop_control(bool stopped) { is_control_stopped_ = stopped; }

  PeerConnections& media() { return *media_; }
  Registry& registry() { return *registry_; }
  SimHost& host() { return host_; }
  const WorkerStats& stats(WorkerIndex worker) const { return stats_[worker]; }
  std::uint64_t drops(DropReason reason) const;

  // A digest of every frame that was delivered so far, with its time: equal for equal histories.
  std::uint64_t trace() const { return trace_; }

 private:
  void on_connected(PeerId peer, Timestamp now) override;
  void on_closed(PeerId peer, std::string_view reason, Timestamp now) override;
  void on_media(PeerId, std::string_view, MediaKind, bool, Timestamp) override {}

  Timestamp next_event() const;
  void step();
  void deliver_frames();
  void run_server();
  void collect_from_server();
  void run_clients();
  void send_from(SimClient& client);
  void mix_into_trace(const FrameInFlight& frame);
  void check_baseline();

  SimulationConfig config_;
  Prng prng_;
  SeededRandom random_;
  Timestamp now_ = kSecond;
  SimHost host_;
  std::vector<WorkerStats> stats_;
  GatewayMacs gateway_macs_;
  InterfaceAddresses server_;
  std::unique_ptr<Registry> registry_;
  std::vector<std::unique_ptr<SimWorker>> workers_;
  std::vector<bool> is_stopped_;
  bool is_control_stopped_ = false;
  Certificate certificate_;
  std::unique_ptr<DtlsContext> dtls_;
  std::unique_ptr<PeerConnections> media_;
  SimNetwork network_;
  std::vector<std::unique_ptr<SimClient>> clients_;
  std::map<PeerId, SimClient*> by_peer_;
  Timestamp next_tick_ = 0;
  std::uint64_t trace_ = 0xCBF29CE484222325ULL;
};

}  // namespace penstock::sim
