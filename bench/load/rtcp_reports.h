// What peers report about once a second (RFC 3550 section 6.4): publishers what they sent,
// subscribers what they received of each stream. Compound packets with an SDES, as SRTCP. One
// thread.
#pragma once

#include <cstddef>
#include <span>

#include "bench/load/peer_socket.h"
#include "dataplane/base/time.h"
#include "dataplane/rtp/rtcp/report_block.h"
#include "dataplane/rtp/rtcp/sender_report.h"
#include "dataplane/srtp/batch.h"

namespace penstock::load {

// About a second from now, not the same for all peers.
Timestamp next_report_at(Timestamp now, std::size_t peer);

// As many as it takes, of 31 blocks at most, and one at least.
void send_receiver_reports(SrtpEngine& srtp, SrtpSendContext& context, const PeerSocket& socket,
                           std::span<const ReportBlock> blocks);
void send_sender_report(SrtpEngine& srtp, SrtpSendContext& context, const PeerSocket& socket,
                        const SenderReport& report);

}  // namespace penstock::load
