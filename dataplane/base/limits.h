// Every limit of the data plane, in one place. Limits of signalling are in
// controlplane/signalling/limits.h. Counts that an operator sets (participants, subscriptions) are
// configuration; these are the shapes of the structures.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/time.h"

namespace penstock {

inline constexpr std::size_t kBurstMax = 32;    // packets per receive burst
inline constexpr std::size_t kWorkersMax = 16;  // workers in one process
// m-lines of one connection, that it sends and that it receives: what there is room for if nothing
// else is said, and what configuration may ask for.
inline constexpr std::size_t kStreamsPerTransport = 32;
inline constexpr std::size_t kStreamsPerTransportMax = 128;
inline constexpr std::size_t kSubscriptionsPerTransport = 64;
inline constexpr std::size_t kSubscriptionsPerTransportMax = 1'024;
inline constexpr std::size_t kFlowsPerTransportMax = 8;  // validated candidate pairs
// Descriptors of each queue of a NIC, one way, if nothing else is said, which is the least that
// configuration may ask for, and the most; a NIC that has fewer has all that it can. A millisecond
// of 10 Gb/s. Drivers give sent packets back when a ring is nearly full, so a longer one drives
// them out of the caches: a worker's packet costs 6 % more with 1,024 than with 256, 50 % with
// 4,096.
inline constexpr std::size_t kNicRingEntries = 1'024;
inline constexpr std::size_t kNicRingEntriesMax = 32'768;
// Buffers of a worker's socket (PortDriver::kSockets) that the kernel is asked for. What waits to
// be received may be 20 ms of 1 Gb/s. What waits to be sent should be less than an interface's
// queue of a thousand packets: a full buffer is told to us, a full queue is not.
inline constexpr std::size_t kSocketReceiveBytes = 4 * 1'024 * 1'024;
inline constexpr std::size_t kSocketSendBytes = 1'024 * 1'024;
inline constexpr std::size_t kSocketBufferBytesMin = 64 * 1'024;
inline constexpr std::size_t kSocketBufferBytesMax = 1'024 * 1'024 * 1'024;
// Packets that a worker keeps so that those to the same receiver leave together.
inline constexpr std::size_t kSocketHeldMax = 256;
inline constexpr std::size_t kHostAddressesMax = 16;     // of the host, that candidates are made of
inline constexpr std::size_t kHeaderExtensionsMax = 14;  // in one packet of ours
inline constexpr std::size_t kHeaderExtensionIdMax = 255;  // of the two-byte form (RFC 8285)
inline constexpr std::size_t kPayloadTypesMax = 8;         // payload types of one m-line
inline constexpr std::size_t kEncodingsMax = 4;            // of one m-line (simulcast)
inline constexpr std::size_t kRedBlocksMax = 16;           // of one RED payload (RFC 2198)
inline constexpr std::size_t kMidBytesMax = 16;
inline constexpr std::size_t kRidBytesMax = 16;

// Of a port's IP packets. What we send ourselves fits the smallest MTU that IPv6 allows (RFC 8200
// section 5); the largest is Ethernet's.
inline constexpr std::size_t kMtuMin = 1'280;
inline constexpr std::size_t kMtuMax = 1'500;
// Of a path, when a router says that it has less: what is believed at the least (RFC 791 section
// 3.1, RFC 8201 section 4), and for how long (RFC 1191 section 6.3).
inline constexpr std::uint16_t kPathMtuMinIpv4 = 576;
inline constexpr std::uint16_t kPathMtuMinIpv6 = 1'280;
inline constexpr Duration kPathMtuTimeout = 600 * kSecond;
// Largest UDP payload there is, with IPv4 and the largest MTU. WebRTC senders keep to 1,200 plus
// what SRTP and header extensions add.
inline constexpr std::size_t kDatagramBytesMax = 1'472;
// Own RTCP, STUN and DTLS datagrams never exceed this.
inline constexpr std::size_t kControlDatagramBytesMax = 1'200;
static_assert(kControlDatagramBytesMax + 48 <= kMtuMin);  // with the headers of IPv6 and UDP

// Datagrams that come in IP fragments, of each worker: those that are put together at a time, how
// large one may be (a flight with a chain of RSA certificates is half as much), in how many parts,
// and for how long it is waited for: a DTLS peer has sent it again by then.
inline constexpr std::size_t kReassembliesMax = 32;
inline constexpr std::size_t kReassembliesPerSourceMax = 4;
inline constexpr std::size_t kReassembledBytesMax = 16'384;
inline constexpr std::size_t kFragmentsPerDatagramMax = 32;
inline constexpr Duration kReassemblyTimeout = 2 * kSecond;

// What a port answers by itself.
inline constexpr std::uint32_t kEchoRepliesPerSecondMax = 100;  // ping, both families together
inline constexpr std::uint32_t kNeighborRepliesPerSecondMax = 1'000;  // ARP and NDP together

inline constexpr std::size_t kIceUfragBytesMax = 32;
inline constexpr std::size_t kIcePwdBytesMax = 64;
inline constexpr std::size_t kStunUnknownAttributesMax = 8;  // named in a 420 answer

inline constexpr Duration kConsentTimeout = 30 * kSecond;  // RFC 7675 section 5.1
// Two consent checks of the peer's that did not come, and no packet either: the selected pair gives
// way to another on which the peer is heard.
inline constexpr Duration kSelectedPairSilenceMax = 12 * kSecond;
inline constexpr Duration kTransportCcInterval = 50 * kMillisecond;
// Where it would take more than this share of what comes: as good for Chromium, 250 ms are not.
inline constexpr Duration kTransportCcIntervalMax = 100 * kMillisecond;
inline constexpr std::uint32_t kRtcpSharePercent = 5;
inline constexpr Duration kReceiverReportInterval = kSecond;
inline constexpr Duration kSenderReportInterval = kSecond;
// A subscription that has been silent for so long gets no sender report.
inline constexpr Duration kSenderReportIdleMax = 2 * kSecond;
// At a start or a switch, until the source's clock is known: as often, so many times.
inline constexpr Duration kEarlySenderReportInterval = 50 * kMillisecond;
inline constexpr std::uint8_t kEarlySenderReportsMax = 40;
// A publisher whose bitrate is limited is told so as often.
inline constexpr Duration kRembInterval = kSecond;
// REMB has no word for "no limit". This is none, and every client can count so far.
inline constexpr std::uint64_t kRembBitrateMax = 1'000'000'000;
// Between two requests to a publisher for a keyframe: of its smallest picture, of larger ones,
// which take more of everybody's bandwidth, and at most, however far away it is.
inline constexpr Duration kKeyframeRequestInterval = 500 * kMillisecond;
inline constexpr Duration kLargerKeyframeRequestInterval = kSecond;
inline constexpr Duration kKeyframeRequestIntervalMax = 3 * kSecond;
// A receiver of simulcast gets a smaller encoding when nothing of its own has come for so long, or
// for as long as it asks for, if that is less.
inline constexpr Duration kFallbackMax = kSecond;
// By how much a keyframe of another encoding may be older than what was sent before it.
inline constexpr std::uint32_t kSwitchBehindMaxMs = 50;

// What is kept to be sent again, and what of it is (docs/adr/0012). A power of two: two seconds of
// 2.5 Mb/s.
inline constexpr std::size_t kHistoryPacketsPerStream = 512;
inline constexpr Duration kHistoryAge = kSecond;
// As often as browsers ask, and as we ask publishers; after three, one packet in 160,000 stays lost
// when one in 20 is.
inline constexpr std::uint8_t kResendsPerPacketMax = 10;
// A receiver gets at most this share of what a subscription sends, and this much at a time.
inline constexpr std::uint32_t kResendSharePercent = 20;
inline constexpr std::uint32_t kResendBurstBytes = 64 * 1'024;
// Between two of the same packet: nine tenths of the round trip, within these.
inline constexpr Duration kResendIntervalMin = 10 * kMillisecond;
inline constexpr Duration kResendIntervalMax = 200 * kMillisecond;
inline constexpr Duration kResendIntervalUnknown = 100 * kMillisecond;  // before the first report

}  // namespace penstock
