// Publishers and receivers in an InProcessDataplane: P publishers with one stream each, and S
// receivers of every stream, spread evenly over the workers, all connected (a flow, keys). It is
// what stands still while other objects come and go, and what a benchmark loads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/inprocess/in_process_dataplane.h"

namespace penstock::bench {

struct PopulationConfig {
  std::size_t publishers = 4;
  std::size_t receivers = 16;  // each receives every stream
  Codec codec = Codec::kOpus;
  std::uint16_t payload_bytes = 100;
  SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
  // What each publisher sends when traffic is scheduled.
  Duration interval = 20 * kMillisecond;
  std::size_t burst = 1;
  // Populations of one data plane have peers of different numbers.
  std::uint16_t first_peer = 0;
};

class Population {
 public:
  // Makes all of it, and tells the workers' traffic sources; traffic does not flow yet. The pools
  // must have room (PENSTOCK_CHECK).
  Population(InProcessDataplane& dataplane, const PopulationConfig& config);
  // Destroys all of it. Traffic must have stopped.
  ~Population();
  Population(const Population&) = delete;
  Population& operator=(const Population&) = delete;

  const std::vector<StreamHandle>& streams() const { return streams_; }
  const std::vector<TransportHandle>& receivers() const { return receivers_; }

 private:
  struct Peer {
    TransportHandle transport;
    SocketAddress address;
    SrtpKeys keys;
  };
  struct Sender {
    TransportHandle transport;
    SocketAddress address;
    WorkerIndex worker = 0;
  };
  Peer connect(WorkerIndex worker);
  void add_publisher(WorkerIndex worker);
  void add_receiver(WorkerIndex worker);

  InProcessDataplane& dataplane_;
  PopulationConfig config_;
  std::uint16_t peers_ = 0;
  std::vector<Sender> senders_;
  std::vector<TransportHandle> receivers_;
  std::vector<StreamHandle> streams_;
  std::vector<SubscriptionHandle> subscriptions_;
};

}  // namespace penstock::bench
