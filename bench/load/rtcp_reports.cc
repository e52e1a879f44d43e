#include "bench/load/rtcp_reports.h"

#include <algorithm>
#include <array>

#include "dataplane/base/byte_writer.h"
#include "dataplane/rtp/rtcp/receiver_report.h"
#include "dataplane/rtp/rtcp/sdes.h"

namespace penstock::load {
namespace {

constexpr std::size_t kPacketBytes = 1'200;
// Of a subscriber, which sends no media.
constexpr std::uint32_t kSubscriberSsrc = 1;

template <typename Write>
void send(SrtpEngine& srtp, SrtpSendContext& context, const PeerSocket& socket, Write&& write) {
  std::array<std::uint8_t, kPacketBytes> packet;
  ByteWriter writer(std::span<std::uint8_t>(packet).first(packet.size() - kSrtcpOverheadBytesMax));
  if (!write(writer)) return;
  const auto result = srtp.protect_rtcp(context, packet, writer.size());
  if (result.reason == DropReason::kNone)
    socket.send(std::span<std::uint8_t>(packet).first(result.bytes));
}

}  // namespace

Timestamp next_report_at(Timestamp now, std::size_t peer) {
  constexpr Duration kSpread = 500 * kMillisecond;
  return now + kSecond - kSpread / 2 + static_cast<Duration>(peer) * 7'919 * kMicrosecond % kSpread;
}

void send_receiver_reports(SrtpEngine& srtp, SrtpSendContext& context, const PeerSocket& socket,
                           std::span<const ReportBlock> blocks) {
  do {
    const auto first = blocks.first(std::min(blocks.size(), kRtcpItemsMax));
    send(srtp, context, socket, [&](ByteWriter& writer) {
      return write_receiver_report(writer, kSubscriberSsrc, first) &&
             write_sdes_cname(writer, kSubscriberSsrc, "load");
    });
    blocks = blocks.subspan(first.size());
  } while (!blocks.empty());
}

void send_sender_report(SrtpEngine& srtp, SrtpSendContext& context, const PeerSocket& socket,
                        const SenderReport& report) {
  send(srtp, context, socket, [&](ByteWriter& writer) {
    return write_sender_report(writer, report) &&
           write_sdes_cname(writer, report.sender_ssrc, "load");
  });
}

}  // namespace penstock::load
