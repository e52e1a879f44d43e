#include "dataplane/rtp/rtcp/sdes.h"
#include "tests/fuzz/rtp/rtcp_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::fuzz::for_each_rtcp_packet(data, size, [](const penstock::RtcpPacket& packet) {
    const auto parsed = penstock::parse_sdes(packet);
    if (!parsed || parsed->empty()) return;
    penstock::fuzz::check_round_trip(
        packet, penstock::parse_sdes,
        [](penstock::ByteWriter& writer, const penstock::SdesChunks& chunks) {
          return penstock::write_sdes_cname(writer, chunks[0].ssrc, chunks[0].cname);
        });
  });
  return 0;
}
