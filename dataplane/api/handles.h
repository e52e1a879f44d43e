// The handles that both planes speak in. What is behind them belongs to the data plane: the control
// plane only stores them and passes them back. Values; any thread.
#pragma once

#include <cstdint>

#include "dataplane/pool/handle.h"

namespace penstock {

class Transport;
class Stream;
class Subscription;

using TransportHandle = Handle<Transport>;        // one ICE + DTLS association
using StreamHandle = Handle<Stream>;              // one published m-line
using SubscriptionHandle = Handle<Subscription>;  // one stream's projection to one receiver

// Which worker (0 to kWorkersMax - 1).
using WorkerIndex = std::uint8_t;

}  // namespace penstock
