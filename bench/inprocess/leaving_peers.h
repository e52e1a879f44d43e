// Peers that connect and are not heard of any more, so that their consent ends (RFC 7675 section
// 5.1), in a data plane of virtual time: its ConsentLog knows when. Control thread, while time
// stands still.
#pragma once

#include <vector>

#include "bench/inprocess/peer.h"

namespace penstock::bench {

class LeavingPeers {
 public:
  // `first.number` is of the first; the others' follow.
  LeavingPeers(InProcessDataplane& dataplane, const PeerConfig& first)
      : dataplane_(dataplane), next_(first) {}
  ~LeavingPeers() {
    for (const TransportHandle transport : transports_)
      dataplane_.registry().destroy_transport(transport, dataplane_.now());
  }
  LeavingPeers(const LeavingPeers&) = delete;
  LeavingPeers& operator=(const LeavingPeers&) = delete;

  // So many connect now. The pools must have room.
  void connect(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      transports_.push_back(connect_peer(dataplane_, next_).transport);
      ++next_.number;
    }
    dataplane_.settle();
    for (std::size_t i = transports_.size() - count; i < transports_.size(); ++i)
      dataplane_.expect_end_of_consent(transports_[i]);
  }

 private:
  InProcessDataplane& dataplane_;
  PeerConfig next_;
  std::vector<TransportHandle> transports_;
};

}  // namespace penstock::bench
