#include "controlplane/server/service_manager.h"

#include <systemd/sd-daemon.h>

#include <cstdint>

namespace penstock {

ServiceManager::ServiceManager() {
  std::uint64_t watchdog_us = 0;
  if (sd_watchdog_enabled(0, &watchdog_us) > 0)
    interval_ = static_cast<Duration>(watchdog_us / 2) * kMicrosecond;
}

// That nobody listens is no fault of ours.
void ServiceManager::tell_ready() { static_cast<void>(sd_notify(0, "READY=1")); }
void ServiceManager::tell_stopping() { static_cast<void>(sd_notify(0, "STOPPING=1")); }

Timestamp ServiceManager::tend(Timestamp now) {
  if (interval_ == 0) return kNever;
  if (now >= due_) {
    static_cast<void>(sd_notify(0, "WATCHDOG=1"));
    due_ = now + interval_;
  }
  return due_;
}

}  // namespace penstock
