// Which packets of a received stream are missing, and when to ask for them (NACK), as browsers do:
// soon after the hole is seen, then again after about a round trip, a few times. A value; time is
// an argument.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "dataplane/base/time.h"

namespace penstock::test {

class MissingPackets {
 public:
  // How often for one packet, and how long after the time before.
  struct Patience {
    int asks_max = 5;
    Duration interval = 110 * kMillisecond;
  };
  explicit MissingPackets(const Patience& patience) : patience_(patience) {}

  // A packet of the stream is there, from its sender or sent again. `sequence`: extended.
  void arrived(std::uint64_t sequence, Timestamp now);
  // The sequence numbers that are due to be asked for, in ascending order.
  std::vector<std::uint16_t> take_due(Timestamp now);
  // kNever: nothing is missing.
  Timestamp next_at() const;

 private:
  struct Hole {
    Timestamp ask_at = 0;
    int asked = 0;
  };
  Patience patience_;
  std::map<std::uint64_t, Hole> holes_;
  std::uint64_t highest_ = 0;  // 0: nothing has arrived
};

}  // namespace penstock::test
