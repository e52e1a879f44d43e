// The steady state in parts of equal length (--window): what other processes do meanwhile can be
// told apart in one run, as alternating parts meet the same machine. Part of the run; one thread.
#pragma once

#include <vector>

#include "bench/load/media_sender.h"
#include "bench/load/packet_receiver.h"
#include "bench/load/result.h"

namespace penstock::load {

class Windows {
 public:
  // Both outlive it. `length`: of each; 0: there are none.
  Windows(Duration length, const MediaSender& sender, PacketReceiver& receiver)
      : length_(length), sender_(sender), receiver_(receiver) {}

  void begin(Timestamp now);
  // To be called often: ends the window whose time is over, and begins the next one.
  void advance(Timestamp now);
  // Those that have ended.
  const std::vector<LoadWindow>& ended() const { return ended_; }

 private:
  const Duration length_;
  const MediaSender& sender_;
  PacketReceiver& receiver_;
  // When the one that is going on began.
  Timestamp began_at_ = 0;
  Duration waiting_ = 0;
  SendTotals sent_;
  std::vector<LoadWindow> ended_;
};

}  // namespace penstock::load
