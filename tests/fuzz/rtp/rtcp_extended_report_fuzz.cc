#include "dataplane/rtp/rtcp/extended_report.h"
#include "tests/fuzz/rtp/rtcp_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::fuzz::for_each_rtcp_packet(data, size, [](const penstock::RtcpPacket& packet) {
    penstock::fuzz::check_round_trip(
        packet, penstock::parse_extended_report,
        [](penstock::ByteWriter& writer, const penstock::ExtendedReport& report) {
          return penstock::write_dlrr(writer, report.sender_ssrc, report.dlrr.span());
        });
  });
  return 0;
}
