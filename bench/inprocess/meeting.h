// A room of a conference in an InProcessDataplane: everyone publishes audio and video and receives
// everyone else's, over one connection, on one worker. Connected from the start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/inprocess/in_process_dataplane.h"
#include "bench/inprocess/peer.h"

namespace penstock::bench {

struct MeetingConfig {
  std::size_t members = 2;
  MediaPattern audio;
  MediaPattern video;
  SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
  std::uint16_t first_peer = 0;  // as PopulationConfig::first_peer
  WorkerIndex worker = 0;
};

class Meeting {
 public:
  // Makes all of it, and tells the worker's traffic source; traffic does not flow yet. The pools
  // must have room (PENSTOCK_CHECK).
  Meeting(InProcessDataplane& dataplane, const MeetingConfig& config);
  // Destroys all of it. Traffic must have stopped.
  ~Meeting();
  Meeting(const Meeting&) = delete;
  Meeting& operator=(const Meeting&) = delete;

  // Of each member of so many.
  static constexpr std::size_t subscriptions_per_member(std::size_t members) {
    return 2 * (members - 1);
  }

 private:
  struct Member {
    Peer peer;
    StreamHandle audio;
    StreamHandle video;
  };

  void add_member(std::uint16_t number);
  void connect_members();

  InProcessDataplane& dataplane_;
  MeetingConfig config_;
  std::vector<Member> members_;
  std::vector<SubscriptionHandle> subscriptions_;
};

}  // namespace penstock::bench
