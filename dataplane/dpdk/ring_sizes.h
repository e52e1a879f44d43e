// How many entries each ring of the data plane has; configuration, read at start. The handover,
// relay and announcement rings hold packets and are terms of the packet pool's sum.
#pragma once

#include <cstddef>

namespace penstock {

struct RingSizes {
  std::size_t commands = 1'024;   // per worker
  std::size_t outgoing = 256;     // per worker; 1.3 kB each
  std::size_t events = 1'024;     // per worker
  std::size_t punted = 256;       // per worker; 1.6 kB each
  std::size_t handovers = 512;    // per pair of workers and direction
  std::size_t relay = 256;        // per worker without a transmit queue
  std::size_t announcements = 8;  // of the control thread: three addresses
};

}  // namespace penstock
