#include "dataplane/rtp/rtcp/sender_report.h"
#include "tests/fuzz/rtp/rtcp_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::fuzz::for_each_rtcp_packet(data, size, [](const penstock::RtcpPacket& packet) {
    penstock::fuzz::check_round_trip(packet, penstock::parse_sender_report,
                                     penstock::write_sender_report);
  });
  return 0;
}
