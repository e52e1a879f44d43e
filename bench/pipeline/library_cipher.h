// What the cipher library itself takes for the packets of a run: intel-ipsec-mb's own entrance, no
// SRTP around it. The yardstick for what the workers take.
#pragma once

#include "bench/pipeline/options.h"

namespace penstock::bench {

// CPU nanoseconds for each packet, the best of several passes on the calling thread: a key for each
// subscriber, a target for each packet in flight. 0 for profiles other than GCM, for which the
// library has no entrance of one packet.
double library_cipher_ns(const BenchOptions& options);

}  // namespace penstock::bench
