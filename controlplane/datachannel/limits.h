// Limits of data channels, in one place. Those of the association below them are in
// controlplane/sctp/limits.h.
#pragma once

#include <cstddef>

#include "dataplane/base/time.h"

namespace penstock {

// Of a label, and of a protocol (RFC 8832 section 5.1 has 65,535). A channel with more is refused.
inline constexpr std::size_t kDataLabelBytesMax = 256;
// Of a peer's channels at a time, closing ones among them.
inline constexpr std::size_t kDataChannelsMax = 256;

// What waits for one receiver, beside what SCTP has taken already; a message that waits for nothing
// is taken whatever its size. With that and its association, one that reads nothing takes less
// than 1 MB.
inline constexpr std::size_t kDataQueueBytesMax = 384 * 1'024;
// What a message that waits takes beside its bytes.
inline constexpr std::size_t kQueuedMessageBytes = 128;
// A reliable message that has waited so long ends its channel: nobody wants it any more.
inline constexpr Duration kDataQueueAgeMax = 30 * kSecond;
// An unreliable one of a channel that names no lifetime is dropped.
inline constexpr Duration kUnreliableAgeMax = 100 * kMillisecond;

}  // namespace penstock
