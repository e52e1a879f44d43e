// One address of the port and its claim to it on the link: probed first, then announced, and
// defended. IPv4: RFC 5227. IPv6: duplicate address detection of RFC 4862 section 5.4, optimistic
// as in RFC 4429: it is used meanwhile, and answers who asks for it. A server's address is
// configuration, and no other can be taken instead: whoever else has it is for the operator to
// find. Owned and used by LinkResponder; what is sent, and what contests, that knows.
#pragma once

#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock {

inline constexpr int kProbesCount = 2;
inline constexpr Duration kProbeInterval = kSecond / 2;
inline constexpr int kAnnouncementsCount = 2;                   // RFC 5227 ANNOUNCE_NUM
inline constexpr Duration kAnnouncementInterval = 2 * kSecond;  // RFC 5227
inline constexpr Duration kDefendInterval = 10 * kSecond;       // RFC 5227

class AddressClaim {
 public:
  enum class Step : std::uint8_t {
    kNone,
    kProbe,     // ask for the address, as one that has none
    kAnnounce,  // say that it is ours
  };

  // Probing is due at once.
  void start();

  // What is due to be sent now. Call until kNone.
  Step poll(Timestamp now);
  // When `poll` has work next; kNever if never.
  Timestamp next_poll() const { return due_; }

  // Somebody else speaks as if the address were his. While it was not announced yet, it is his: it
  // is probed again later. Else it is announced once more, not more often than kDefendInterval.
  void contest(Timestamp now);

  // It is somebody else's: nothing is to be sent from it that neighbours would learn from.
  bool is_taken() const { return is_taken_; }
  // It may be said to be ours: it was probed, and nobody had it.
  bool is_announced() const { return is_announced_; }

 private:
  int probes_left_ = 0;
  int announcements_left_ = 0;
  Timestamp due_ = kNever;
  Timestamp defended_at_ = -kDefendInterval;
  bool is_taken_ = false;
  bool is_announced_ = false;
};

}  // namespace penstock
