// What receivers got, as the frames on the wire say it: which of them, which of a publisher's
// frames, and when it had left. Reads addresses and RTP headers alone, which are not encrypted.
// Written by one thread; read by another when that has stopped.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/time.h"

namespace penstock::bench {

struct DeliveryLogConfig {
  std::vector<std::uint16_t> receivers;  // the last two bytes of their addresses
  std::size_t publishers = 0;            // each receiver has all of them
  std::uint8_t payload_type = 0;         // of all media
  std::uint32_t first_ssrc = 0;          // of the first publisher's; the others' follow
  std::uint32_t timestamp_step = 1;      // of RTP, from frame to frame of a publisher
  // Of publishers, likewise: how far apart the RTCP is that they get.
  std::vector<std::uint16_t> rtcp_receivers{};
};

class DeliveryLog {
 public:
  // When the first and the last packet of a publisher's frame left, to whomever.
  struct FrameTimes {
    Timestamp first = 0;
    Timestamp last = 0;
    std::size_t packets = 0;
  };

  DeliveryLog() = default;
  explicit DeliveryLog(DeliveryLogConfig config);

  // An Ethernet frame with IPv4; what is not media of a publisher to a receiver is passed over.
  void record(std::span<const std::uint8_t> frame, Timestamp left);

  // Each publisher's first frame tells how its times are shown to each receiver, and is not counted
  // below. It must reach all receivers.
  //
  // Packets by receiver, in the order in which the first frame reached them.
  std::vector<std::uint64_t> packets_by_receiver() const;
  // Receivers that the first frame has reached.
  std::size_t receivers_seen() const { return order_.size(); }
  // Of all publishers, as far as any packet of them left.
  std::vector<FrameTimes> frames() const;
  std::uint64_t media_bytes() const { return media_bytes_; }  // of counted packets' frames
  // Between two RTCP packets to the same publisher, at most; 0 if none got two.
  Duration longest_rtcp_gap() const { return longest_rtcp_gap_; }

 private:
  void record_rtcp(std::uint16_t to, Timestamp left);

  static constexpr std::uint32_t kNoReceiver = ~std::uint32_t{0};
  struct Origin {
    bool is_known = false;
    std::uint32_t timestamp = 0;
  };

  DeliveryLogConfig config_;
  std::vector<std::uint32_t> index_by_number_;
  std::vector<Origin> origins_;  // of receiver and publisher
  std::vector<std::uint64_t> packets_;
  std::vector<std::uint32_t> order_;
  std::vector<bool> is_ordered_;
  std::vector<std::vector<FrameTimes>> frames_;  // by publisher
  std::uint64_t media_bytes_ = 0;
  std::vector<Timestamp> last_rtcp_;  // by publisher; 0: none yet
  Duration longest_rtcp_gap_ = 0;
};

}  // namespace penstock::bench
