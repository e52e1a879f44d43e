// How many slots each pool of the server has: a sum with one named term for each kind of holder,
// all of them from [limits]. The configuration says how many participants, publishers and
// subscriptions there may be; this says what they need. Checked against what handles and the
// machine allow before anything is made, and printed at start. Pure, but for
// machine_memory_bytes and for what the loaded OpenSSL needs.
#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/config/config.h"

namespace penstock {

// One kind of holder, and how many slots all of them need.
struct PoolTerm {
  std::string holder;
  std::size_t slots = 0;
};

struct PoolSum {
  std::string_view pool;   // as ObjectPool::name() has it
  std::string_view limit;  // the key (of [limits], without a section) to change when it is too
                           // large or too small
  std::size_t slot_bytes = 0;
  std::vector<PoolTerm> terms;

  std::size_t slots() const;
  std::size_t bytes() const { return slots() * slot_bytes; }
  // "1024 publishing + 2048 receiving"
  std::string formula() const;
};

struct PoolPlan {
  // Of the control plane.
  PoolSum rooms;
  PoolSum publishers;  // participants, whether they publish or not, and dummy publishers
  PoolSum subscribers;
  PoolSum sessions;
  PoolSum handles;
  PoolSum whip_sessions;
  PoolSum peers;
  // Of its heap, what grows with the connections. No pools: nothing of it is taken at start.
  PoolSum peer_heap;
  PoolSum dtls_heap;
  PoolSum sctp_heap;  // of those with data channels
  PoolSum websocket_heap;
  // Of the data plane.
  PoolSum transports;
  PoolSum streams;
  PoolSum encodings;  // of streams, after the first of each
  PoolSum subscriptions;
  PoolSum fan_out_chunks;
  PoolSum publisher_tables;   // of the m-lines that a transport has room for
  PoolSum subscriber_tables;  // likewise
  PoolSum slots;              // of received media: a ring for each worker
  PoolSum arenas;             // of what is recorded and waits for the disk: likewise
  PoolSum kept;               // where in them the packets are that may have to be sent again

  std::array<const PoolSum*, 21> all() const;
};

// `over_tls`: so the listeners of signalling are.
PoolPlan plan_pools(const config::LimitsConfig& limits, std::size_t workers, bool over_tls = false,
                    const config::RecordingConfig& recording = {});

// Whether every pool can have that many slots, and all together fit the machine beside
// `dpdk_bytes`. Error: which key is too large, with the sum that says why.
std::expected<void, std::string> check_pools(const PoolPlan& plan, std::size_t dpdk_bytes,
                                             std::size_t machine_bytes);

// What this process may use: the machine's memory, or less where its cgroup has a limit.
std::size_t machine_memory_bytes();

// The table that is printed at start: a line for each pool, then the total. `packets` is the packet
// pool's row, which DPDK's devices have a say in.
std::vector<std::string> pool_table(const PoolPlan& plan, const PoolSum& packets);

}  // namespace penstock
