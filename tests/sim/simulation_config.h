// What a simulation is made with: one value, one seed.
#pragma once

#include <cstdint>
#include <vector>

#include "controlplane/dtls/handshake_limiter.h"
#include "dataplane/srtp/backend.h"
#include "dataplane/srtp/contexts.h"
#include "dataplane/worker/context.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_platform.h"

namespace penstock::sim {

// Rooms that exist in every simulation.
inline constexpr std::uint64_t kRoom = 1'234;
inline constexpr std::uint64_t kOtherRoom = 5'678;

// The server runs at least this often, and with it every worker and the control plane. So a grace
// period takes no longer than one tick, and what is retired is reclaimed within two of them and one
// turn of the control plane.
inline constexpr Duration kTick = 5 * kMillisecond;
inline constexpr Duration kReclaimBound = 2 * kTick + kTick;

struct SimulationConfig {
  std::uint64_t seed = 1;
  std::size_t workers = 1;
  std::size_t room_peers_per_worker_max = 500;
  SrtpBackend srtp_backend = SrtpBackend::kIpsecMb;
  std::vector<SrtpProfile> srtp_profiles = {SrtpProfile::kAeadAes128Gcm};
  LinkConditions link{};  // of every client, both ways, unless changed
  SimLimits limits{};
  PoolSizes pools{.transports = 64, .streams = 128, .subscriptions = 1'024};
  Duration session_timeout = 60 * kSecond;        // of Janus sessions
  Duration reclaim_session_timeout = 0;           // how long one waits to be claimed
  Duration signalling_delay = 20 * kMillisecond;  // of a WebSocket message, each way
  std::uint16_t udp_port_base = 50'000;
  HandshakeLimits handshakes{};
  bool is_behind_nat = false;   // all clients have one address, each with a port of its own
  std::size_t arena_bytes = 0;  // of each worker, for what is recorded; 0: nothing is
  Duration grain = 0;     // of arrivals: in a crowd, fewer instants at which everybody is looked at
  Duration tick = kTick;  // shorter: what is due in workers is done that exactly
};

}  // namespace penstock::sim
