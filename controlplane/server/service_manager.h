// What the service manager is told (systemd, Type=notify): that clients can connect, over and over
// that the control thread goes on, and that the program ends. Without a service manager nothing
// happens. Control thread.
#pragma once

#include "dataplane/base/time.h"

namespace penstock {

class ServiceManager {
 public:
  // Whom to tell, and how often, says the environment (NOTIFY_SOCKET, WATCHDOG_USEC).
  ServiceManager();

  void tell_ready();
  void tell_stopping();
  // That the thread goes on, if it is time to say so. Returns when it is again.
  Timestamp tend(Timestamp now);

 private:
  Duration interval_ = 0;  // half of the watchdog's; 0: there is none
  Timestamp due_ = 0;
};

}  // namespace penstock
