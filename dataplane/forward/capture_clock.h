// What packets say of when their media was captured (abs-capture-time,
// http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time), for receivers who are sent them
// by us. The capture timestamp stays; the estimated offset of the capturing system's clock counts
// from the clock of who sends, which is the publisher's where it comes from, and ours where it
// goes: that of the sender reports that receivers get. State of a publisher's transport, on its
// worker.
//
//   | timestamp, NTP, 8 bytes | offset, seconds with 32 bits of fraction, signed, 8 bytes; or not |
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/endian.h"
#include "dataplane/base/time.h"

namespace penstock {

class CaptureClock {
 public:
  static constexpr std::size_t kTimestampBytes = 8;
  static constexpr std::size_t kBytes = 16;  // with the offset

  // At one instant the publisher's clock says `theirs` and ours `ours`.
  void set(NtpTime theirs, NtpTime ours) { ahead_ = theirs - ours; }

  // Makes of a publisher's element ours. Returns its bytes: without the offset as long as nothing
  // is known of the publisher's clock; 0 if it has the wrong size. An element without offset stays
  // so: nobody knows how the clocks of those before the publisher differ.
  std::uint8_t rebase(std::span<std::uint8_t> element) const {
    if (element.size() == kTimestampBytes) return kTimestampBytes;
    if (element.size() != kBytes) return 0;
    if (!ahead_) return kTimestampBytes;
    std::uint8_t* const offset = element.data() + kTimestampBytes;
    store_be64(offset, load_be64(offset) + *ahead_);
    return kBytes;
  }

 private:
  std::optional<std::uint64_t> ahead_;  // theirs, modulo 2^64
};

}  // namespace penstock
