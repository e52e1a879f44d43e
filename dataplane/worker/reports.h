// RTCP that a worker originates and takes in: our own towards both sides, never forwarded (RFC
// 3550, 4585, 5104). Free functions over a transport's state; they write or read plaintext RTCP and
// know nothing of keys, packets or platforms.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/base/byte_writer.h"
#include "dataplane/rtp/rtcp/nack.h"
#include "dataplane/worker/context.h"

namespace penstock {

// One instant on both clocks.
struct RtcpInstant {
  Timestamp now = 0;
  NtpTime ntp = 0;
};

// Writes a receiver report with a block for each encoding of each stream that arrives on the
// transport, and for what repairs it (RTX), from the `first` of its table on, as many as one report
// has room for, and our CNAME (a compound packet, RFC 3550 section 6.1); where that is agreed, with
// our time, so that the round trip becomes known. Nothing if none of them has started. Returns the
// first that is left; the size of the table if none is.
std::size_t write_reception_report(ByteWriter& writer, Transport& transport, const Pools& pools,
                                   const RtcpInstant& at, std::size_t first);

// Writes what a compound packet begins with where no report is due: one about nothing, and our
// CNAME (RFC 3550 section 6.1).
void write_compound_start(ByteWriter& writer, const Transport& transport);

// Writes a REMB with what the peer may send, for all SSRCs of streams that take notice of it.
// Nothing, and false, if none has come yet.
bool write_bitrate_limit(ByteWriter& writer, Transport& transport, const Pools& pools);

// Writes the sender report of one subscription, its CNAME, and answers to what the transport's peer
// has said of its clock (DLRR, RFC 3611). Nothing, and false, if its source's clock is not known
// yet.
bool write_subscription_report(ByteWriter& writer, const Subscription& subscription,
                               const Transport& transport, const Pools& pools,
                               const RtcpInstant& at);

// Writes that we send nothing with these SSRCs any more (BYE), at most 31, as a compound packet.
void write_goodbye(ByteWriter& writer, const Transport& transport,
                   std::span<const std::uint32_t> ssrcs);

// What incoming RTCP asks of the worker; everything else it says is taken into the transport's
// state.
class RtcpRequests {
 public:
  // Packets of a subscription that did not arrive. The NACK borrows the compound packet.
  struct Resend {
    SubscriptionHandle subscription;
    Nack nack;
  };
  // Messages of one compound; those behind them come again.
  StaticVector<Resend, 16> resends;
  // The receiver wants a keyframe of this subscription; what is behind them, it asks for again.
  StaticVector<SubscriptionHandle, 64> keyframes;
};

// Takes in one decrypted compound packet of the transport's peer: sender reports set the clocks of
// its streams, reports about what we send are remembered, and what they say of the round trip; a
// BYE ends sources; PLI, FIR and NACK become requests. False if the compound is malformed
// somewhere; what stands before that point counts.
bool receive_rtcp(std::span<const std::uint8_t> compound, Transport& transport, const Pools& pools,
                  const RtcpInstant& arrival, RtcpRequests& requests);

}  // namespace penstock
