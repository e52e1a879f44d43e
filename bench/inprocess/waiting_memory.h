// What memory media takes while it waits to be sent: in a worker, and in its device's rings.
#pragma once

#include <algorithm>
#include <cstddef>

#include "dataplane/api/handles.h"
#include "dataplane/worker/forwarder.h"

namespace penstock::bench {

struct WaitingMemory {
  WaitingMedia media;
  std::size_t received = 0;     // packets that the worker has not taken from the device yet
  std::size_t transmitted = 0;  // buffers that the device has not given back yet
  std::size_t buffer_bytes = 0;

  std::size_t queue_bytes() const {
    return media.packets * sizeof(SlotRef) + media.receivers * sizeof(SubscriptionHandle) +
           media.paced_bytes;
  }
  std::size_t buffers() const { return media.frames + received + transmitted; }
  std::size_t bytes() const { return media.slot_bytes + queue_bytes() + buffers() * buffer_bytes; }
};

}  // namespace penstock::bench
