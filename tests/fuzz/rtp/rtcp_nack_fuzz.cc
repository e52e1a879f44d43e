#include <set>
#include <vector>

#include "dataplane/rtp/rtcp/nack.h"
#include "tests/fuzz/rtp/rtcp_fuzz.h"

namespace {

std::vector<std::uint16_t> lost_in(const penstock::Nack& nack) {
  std::vector<std::uint16_t> lost;
  nack.for_each_lost([&](std::uint16_t sequence_number) { lost.push_back(sequence_number); });
  return lost;
}

// Asking for the same packets in our own messages asks for the same packets.
void check_nack(const penstock::RtcpPacket& packet) {
  const auto nack = penstock::parse_nack(packet);
  if (!nack) return;
  const auto lost = lost_in(*nack);
  std::vector<std::uint16_t> again;
  for (std::size_t done = 0; done < lost.size();) {
    std::array<std::uint8_t, 1'200> bytes;
    penstock::ByteWriter writer(bytes);
    const std::size_t count = penstock::write_nack(writer, nack->sender_ssrc, nack->media_ssrc,
                                                   std::span(lost).subspan(done));
    PENSTOCK_CHECK(count > 0);
    done += count;
    const auto written = penstock::CompoundReader(writer.written()).next();
    const auto parsed = written ? penstock::parse_nack(*written) : std::nullopt;
    PENSTOCK_CHECK(parsed.has_value());
    const auto part = lost_in(*parsed);
    again.insert(again.end(), part.begin(), part.end());
  }
  PENSTOCK_CHECK(std::set(lost.begin(), lost.end()) == std::set(again.begin(), again.end()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::fuzz::for_each_rtcp_packet(data, size, check_nack);
  return 0;
}
