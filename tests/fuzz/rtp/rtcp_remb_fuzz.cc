#include "dataplane/rtp/rtcp/remb.h"
#include "tests/fuzz/rtp/rtcp_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::fuzz::for_each_rtcp_packet(data, size, [](const penstock::RtcpPacket& packet) {
    penstock::fuzz::check_round_trip(packet, penstock::parse_remb, penstock::write_remb);
  });
  return 0;
}
