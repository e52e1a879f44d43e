// Limits of SCTP associations and what goes over them, in one place (RFC 4960, 8831).
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/limits.h"

namespace penstock {

// Of an association, each way, whatever the peer offers: browsers offer 65,535, for which usrsctp
// would set aside 7 MB.
inline constexpr std::uint16_t kSctpStreamsMax = 256;
// Of heap, that an association takes with them; the sums of server/pool_plan have it. What is under
// way or waits comes on top: at most kSctpWindowBytesMax, kDataQueueBytesMax.
inline constexpr std::size_t kSctpAssociationHeapBytes = 36 * 1'024;
inline constexpr std::size_t kSctpHeaderBytes = 12;  // before the chunks of a packet
// A packet becomes a DTLS record of 13 bytes of header, 8 of nonce and 16 of tag in a datagram.
inline constexpr std::size_t kSctpPacketBytesMax = (kControlDatagramBytesMax - 13 - 8 - 16) & ~3U;
// Of the largest message in either direction (a=max-message-size, RFC 8841 section 6): as browsers.
inline constexpr std::size_t kSctpMessageBytesMax = 256 * 1'024;
// usrsctp hands over in parts what is longer, or longer than half of its buffer, and then the next
// message of the stream before the last part. So no message is.
inline constexpr std::uint32_t kSctpPartialFromBytes = kSctpMessageBytesMax + 4'096;
// What has come and waits for a gap to be filled: what we announce.
inline constexpr int kSctpReceiveBufferBytes = 2 * kSctpPartialFromBytes;
// What has been sent and is not acknowledged, at most; usrsctp takes two to three times as much
// memory.
inline constexpr std::uint32_t kSctpWindowBytesMax = 128 * 1'024;
// Beside that there is room for a message that is about to be sent.
inline constexpr std::uint32_t kSctpSendBufferBytes = kSctpWindowBytesMax + kSctpMessageBytesMax;
// Messages that are not whole yet, of one association, together.
inline constexpr std::size_t kSctpPartialBytesMax = 2 * kSctpMessageBytesMax;

// How often usrsctp looks at its timers.
inline constexpr Duration kSctpTick = 10 * kMillisecond;
inline constexpr std::uint32_t kSctpRtoInitialMs = 300;
inline constexpr std::uint32_t kSctpRtoMinMs = 200;
inline constexpr std::uint32_t kSctpRtoMaxMs = 3'000;
inline constexpr std::uint32_t kSctpSackDelayMs = 20;

}  // namespace penstock
