#include "dataplane/rtp/rtcp/receiver_report.h"
#include "tests/fuzz/rtp/rtcp_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::fuzz::for_each_rtcp_packet(data, size, [](const penstock::RtcpPacket& packet) {
    penstock::fuzz::check_round_trip(
        packet, penstock::parse_receiver_report,
        [](penstock::ByteWriter& writer, const penstock::ReceiverReport& report) {
          return penstock::write_receiver_report(writer, report.sender_ssrc, report.blocks.span());
        });
  });
  return 0;
}
