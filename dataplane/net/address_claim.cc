#include "dataplane/net/address_claim.h"

#include <algorithm>
#include <limits>

namespace penstock {

void AddressClaim::start() {
  probes_left_ = kProbesCount;
  announcements_left_ = kAnnouncementsCount;
  due_ = std::numeric_limits<Timestamp>::min();
}

AddressClaim::Step AddressClaim::poll(Timestamp now) {
  if (due_ > now) return Step::kNone;
  if (probes_left_ > 0) {
    --probes_left_;
    due_ = now + kProbeInterval;
    return Step::kProbe;
  }
  is_taken_ = false;
  is_announced_ = true;
  --announcements_left_;
  due_ = announcements_left_ > 0 ? now + kAnnouncementInterval : kNever;
  return Step::kAnnounce;
}

void AddressClaim::contest(Timestamp now) {
  if (!is_announced_) {
    is_taken_ = true;
    probes_left_ = kProbesCount;
    due_ = now + kDefendInterval;
  } else if (now - defended_at_ >= kDefendInterval) {
    defended_at_ = now;
    announcements_left_ = std::max(announcements_left_, 1);
    due_ = now;
  }
}

}  // namespace penstock
