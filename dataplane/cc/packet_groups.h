// Packets that were sent within five milliseconds are one group, and the time between two groups at
// the receiver, less that at the sender, is what the way has added (draft-ietf-rmcat-gcc-02
// sections 5.2 and 5.3). What arrives all at once although it was sent apart, after the way has
// stood still, is one group too. State of an estimator; pure.
#pragma once

#include <optional>

#include "dataplane/base/time.h"

namespace penstock {

struct GroupDelta {
  Duration sent = 0;      // between the last packets of two groups
  Duration arrived = 0;   // likewise
  Timestamp arrival = 0;  // of the later one, on the receiver's clock
};

class PacketGroups {
 public:
  // A packet has arrived, in the order of feedback; the times are on two clocks. Returns the
  // difference between the two groups before it if it begins another.
  std::optional<GroupDelta> add(Timestamp sent_at, Timestamp arrived_at);

  void reset() { *this = {}; }

 private:
  static constexpr Duration kGroupLength = 5 * kMillisecond;
  static constexpr Duration kBurstGap = 5 * kMillisecond;
  static constexpr Duration kBurstLengthMax = 100 * kMillisecond;
  static constexpr int kReorderedMax = 3;
  static constexpr Duration kOutage = 3 * kSecond;  // the receiver's clock has jumped

  struct Group {
    Timestamp first_sent_at = 0;
    Timestamp last_sent_at = 0;
    Timestamp first_arrived_at = 0;
    Timestamp last_arrived_at = 0;
    bool is_there = false;
  };

  bool begins_another(Timestamp sent_at, Timestamp arrived_at) const;
  std::optional<GroupDelta> compare();

  Group current_;
  Group previous_;
  int reordered_ = 0;
};

}  // namespace penstock
