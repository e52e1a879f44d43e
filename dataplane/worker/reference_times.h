// What receivers have said of their clocks (RRTR, RFC 3611 section 4.4), to be answered with when
// that was (DLRR, section 4.5): so a receiver that sends nothing itself knows its round trip. State
// of a transport, on its worker; time is an argument.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/static_vector.h"
#include "dataplane/base/time.h"
#include "dataplane/rtp/rtcp/extended_report.h"

namespace penstock {

class ReferenceTimes {
 public:
  // Browsers have one SSRC for all that receives audio, and one for video.
  static constexpr std::size_t kReportersMax = 4;
  // An older one tells nothing of the way as it is now.
  static constexpr Duration kAgeMax = 5 * kSecond;

  using Answers = StaticVector<DlrrItem, kReportersMax>;

  // The receiver that reports with `ssrc` says that its clock is at `ntp`. Of too many the one that
  // was silent for longest is forgotten.
  void take(std::uint32_t ssrc, NtpTime ntp, Timestamp now) {
    const auto known = std::ranges::find(heard_, ssrc, &Heard::ssrc);
    if (known != heard_.end()) {
      *known = {ssrc, compact_ntp(ntp), now};
    } else if (!heard_.push_back({ssrc, compact_ntp(ntp), now})) {
      *std::ranges::min_element(heard_, {}, &Heard::at) = {ssrc, compact_ntp(ntp), now};
    }
  }

  Answers answers(Timestamp now) const {
    Answers answers;
    for (const Heard& heard : heard_) {
      const Duration delay = now - heard.at;
      if (delay > kAgeMax) continue;
      static_cast<void>(
          answers.push_back({.ssrc = heard.ssrc,
                             .last_rr = heard.ntp,
                             .delay = static_cast<std::uint32_t>(delay * 65'536 / kSecond)}));
    }
    return answers;
  }

 private:
  struct Heard {
    std::uint32_t ssrc = 0;
    std::uint32_t ntp = 0;  // compact
    Timestamp at = 0;
  };
  StaticVector<Heard, kReportersMax> heard_;
};

}  // namespace penstock
