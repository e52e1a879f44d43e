// The whole server below its sockets: workers, registry, peer connections and the Janus core, on
// the simulated platform. It is handed the time and runs when told to; nothing in it has a clock.
// Owned by the Simulation.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/janus/core.h"
#include "controlplane/media/peer_connections.h"
#include "controlplane/signalling/api_router.h"
#include "controlplane/whip/service.h"
#include "dataplane/registry/registry.h"
#include "tests/sim/grace_oracle.h"
#include "tests/sim/reclaim_oracle.h"
#include "tests/sim/sim_recordings.h"
#include "tests/sim/sim_worker.h"
#include "tests/sim/simulation_config.h"

namespace penstock::sim {

// How many there are of everything a server can hold: objects of every pool, packets, peers,
// sessions, rooms... Equal censuses of a server at rest mean that nothing leaked in between.
using Census = std::map<std::string, std::size_t>;
// "peers: 0, now 2; ..."; empty if there is none.
std::string difference(const Census& before, const Census& after);

class SimServer : private MediaEvents {
 public:
  // `signalling` and `observer` outlive the server; the observer hears of peers before the core
  // does.
  SimServer(const SimulationConfig& config, const Certificate& certificate,
            SignallingSender& signalling, MediaEvents& observer);

  // Everybody who is not stopped has one turn. How much there was to do: zero when all are idle.
  std::size_t run_once(Timestamp now);
  // When the control plane has something to do by itself.
  Timestamp next_timeout() const;

  void stop_worker(WorkerIndex worker, bool stopped) { is_stopped_[worker] = stopped; }
  void stop_control(bool stopped) { is_control_stopped_ = stopped; }
  bool is_control_stopped() const { return is_control_stopped_; }
  void resume_all();

  Census census() const;
  // What the walk over all owners finds; empty: every live object has exactly one.
  std::vector<std::string> ownership_findings() const;
  // Fails the test that runs if anything but what there was at the start is still there.
  void expect_baseline() const;

  janus::Core& janus() { return *janus_; }
  whip::Service& whip() { return *whip_; }
  // All of them, as listeners have them.
  SignallingHandler& apis() { return *apis_; }
  PeerConnections& media() { return *media_; }
  const PeerConnections& media() const { return *media_; }
  const ReclaimOracle& reclaims() const { return reclaims_; }
  const Registry& registry() const { return *registry_; }
  SimRecordings& recordings() { return *recordings_; }
  const GraceOracle& grace_oracle() const { return *grace_oracle_; }
  SimHost& host() { return host_; }
  // Workers also run within the calls of the control plane, behind the start of each grace period,
  // and the control plane has its turn before they do.
  void interleave_workers();
  const InterfaceAddresses& addresses() const { return addresses_; }
  const WorkerStats& stats(WorkerIndex worker) const { return stats_[worker]; }
  std::uint64_t drops(DropReason reason) const;

 private:
  std::size_t run_workers();
  std::size_t run_control();
  void on_connected(PeerId peer, Timestamp now) override;
  void on_closed(PeerId peer, std::string_view reason, Timestamp now) override;
  void on_media(PeerId peer, std::string_view mid, MediaKind kind, bool is_receiving,
                Timestamp now) override;
  void on_layer(PeerId peer, std::uint32_t mindex, Layer layer, Timestamp now) override;
  void on_starved(PeerId peer, std::uint32_t mindex, bool is_starved, Timestamp now) override;
  void on_talking(PeerId peer, std::string_view mid, bool is_talking, float level,
                  Timestamp now) override;
  void on_recording_ended(PeerId publisher, std::string_view mid, std::string_view file,
                          std::string_view reason, Timestamp now) override;

  void observe_retired();

  MediaEvents& observer_;
  SeededRandom random_;
  SimHost host_;
  std::vector<WorkerStats> stats_;
  GatewayMacs gateway_macs_;
  FlowSources flow_sources_;
  InterfaceAddresses addresses_;
  ReclaimOracle reclaims_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<GraceOracle> grace_oracle_;
  std::unique_ptr<SimRecordings> recordings_;
  std::vector<std::unique_ptr<SimWorker>> workers_;
  std::vector<bool> is_stopped_;
  bool is_interleaved_ = false;
  Timestamp now_ = 0;
  bool is_control_stopped_ = false;
  std::unique_ptr<DtlsContext> dtls_;
  InlineDtlsExecutor dtls_executor_;
  std::unique_ptr<PeerConnections> media_;
  std::unique_ptr<janus::Core> janus_;
  std::unique_ptr<whip::Service> whip_;
  std::unique_ptr<ApiRouter> apis_;
  Census baseline_;
};

// The addresses of host number `host` in the simulated network.
InterfaceAddresses host_addresses(std::uint16_t host);

}  // namespace penstock::sim
