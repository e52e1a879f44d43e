// A room in an InProcessDataplane: P publishers and S receivers of all of them, all connected (a
// flow, keys), on one worker or spread over several. It is what stands still while other objects
// come and go, and what a benchmark loads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/inprocess/in_process_dataplane.h"
#include "bench/inprocess/peer.h"
#include "dataplane/base/static_vector.h"

namespace penstock::bench {

inline constexpr std::size_t kEncodingsMax = 3;
inline constexpr std::size_t kMemberStreamsMax = 8;  // room for those who join (members.h)

struct PopulationConfig {
  std::size_t publishers = 4;
  std::size_t receivers = 16;  // each receives every publisher
  std::size_t subscriptions_per_receiver = kSubscriptionsPerTransport;  // that there is room for
  // What each publisher sends: by itself, or, with several, as simulcast, upwards. Of those a
  // receiver wants one, the first receiver the first, and so on in turn.
  std::array<MediaPattern, kEncodingsMax> encodings = {};
  std::size_t encoding_count = 1;
  SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
  bool is_in_step = false;  // all publishers' frames at the same time
  // Populations of one data plane have peers of different numbers.
  std::uint16_t first_peer = 0;
  // Where it is: on so many workers from the first on. 0: all.
  WorkerIndex first_worker = 0;
  std::size_t workers = 0;
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

  // Everybody is heard of again (peer.h).
  void renew_consent();

  // Of one publisher after the other.
  const std::vector<StreamHandle>& streams() const { return streams_; }
  const std::vector<TransportHandle>& receivers() const { return receivers_; }
  // Their numbers (peer.h), in the same order.
  const std::vector<std::uint16_t>& receiver_numbers() const { return receiver_numbers_; }
  const std::vector<std::uint16_t>& publisher_numbers() const { return publisher_numbers_; }

 private:
  struct Sender {
    TransportHandle transport;
    SocketAddress address;
    WorkerIndex worker = 0;
  };
  WorkerIndex worker_of(std::size_t number) const;
  PeerConfig next_peer(WorkerIndex worker);
  void add_publisher(WorkerIndex worker);
  void add_receiver(WorkerIndex worker);

  InProcessDataplane& dataplane_;
  PopulationConfig config_;
  std::uint16_t peers_ = 0;
  std::vector<Sender> senders_;
  std::vector<TransportHandle> receivers_;
  std::vector<std::uint16_t> receiver_numbers_;
  std::vector<std::uint16_t> publisher_numbers_;
  std::vector<StreamHandle> streams_;
  std::vector<SubscriptionHandle> subscriptions_;
};

}  // namespace penstock::bench
