// How much is sent again to one receiver of one stream, whatever it asks for: a
// packet at most kResendsPerPacketMax times and not again within a round trip, and all of them
// together at most a share of what the subscription sends. State of a subscription, on its
// receiver's worker. Time is an argument.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"

namespace penstock {

// A packet that a receiver asks for.
struct ResendRequest {
  std::uint16_t sequence_number = 0;  // as it was sent to the receiver
  std::uint32_t bytes = 0;
  Duration interval = 0;  // since it was sent again last, at least
  // Of what is sent, that may be sent again.
  std::uint32_t share_percent = kResendSharePercent;
  std::uint32_t octets_sent = 0;  // by the subscription so far, modulo 2^32; without what is resent
};

class ResendLimiter {
 public:
  // kNone: it may be sent again, and is counted as sent.
  DropReason take(const ResendRequest& request, Timestamp now) {
    const auto now_ms = static_cast<std::uint32_t>(now / kMillisecond);
    Resent& resent = resent_[request.sequence_number % resent_.size()];
    const Duration age = (now_ms - resent.sent_at_ms) % kMillisecondsMax * kMillisecond;
    const bool is_known = resent.count != 0 && resent.sequence_number == request.sequence_number &&
                          age < kForgottenAfter;
    if (is_known && (resent.count >= kResendsPerPacketMax || age < request.interval)) {
      return DropReason::kResendTooSoon;
    }
    earn(request.octets_sent, request.share_percent);
    if (credit_bytes_ < request.bytes) return DropReason::kResendOverBudget;
    credit_bytes_ -= request.bytes;
    const std::uint32_t count = is_known ? resent.count + 1U : 1U;
    resent = {.sequence_number = request.sequence_number,
              .sent_at_ms = now_ms % kMillisecondsMax,
              .count = count % kCounts};
    return DropReason::kNone;
  }

 private:
  // Sequence numbers come round again, not sooner than this.
  static constexpr Duration kForgottenAfter = 2 * kHistoryAge;

  // Small, as there are many. Their time comes round each 4 s: a packet whose number was resent
  // just so long ago may be refused, for kForgottenAfter at most.
  static constexpr std::uint32_t kMillisecondsMax = 1U << 12;
  static constexpr std::uint32_t kCounts = 1U << 4;
  static_assert(kMillisecondsMax * kMillisecond > 2 * kForgottenAfter);
  static_assert(kResendsPerPacketMax < kCounts);
  struct Resent {
    std::uint32_t sequence_number : 16 = 0;
    std::uint32_t sent_at_ms : 12 = 0;
    std::uint32_t count : 4 = 0;
  };
  static_assert(sizeof(Resent) == 4);

  void earn(std::uint32_t octets_sent, std::uint32_t share_percent) {
    const std::uint64_t earned = std::uint64_t{octets_sent - octets_seen_} * share_percent / 100;
    octets_seen_ = octets_sent;
    credit_bytes_ = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(credit_bytes_ + earned, kResendBurstBytes));
  }

  // The last of each class of sequence numbers; one that is forgotten too early costs budget only.
  std::array<Resent, 22> resent_{};
  std::uint32_t credit_bytes_ = kResendBurstBytes;
  std::uint32_t octets_seen_ = 0;
};

}  // namespace penstock
