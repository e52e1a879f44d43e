#include "dataplane/rtp/demux.h"

namespace penstock {

namespace {

// Full second byte, marker bit included: RTCP packet types live where RTP payload types 64 to 95
// with the marker set would be, which RFC 5761 therefore forbids.
bool is_rtcp_type(std::uint8_t byte) { return byte >= 192 && byte <= 223; }

}  // namespace

DatagramKind classify_datagram(std::span<const std::uint8_t> datagram) {
  if (datagram.empty()) return DatagramKind::kUnknown;
  const std::uint8_t first = datagram[0];
  if (first >= 128 && first <= 191) {
    const bool rtcp = datagram.size() >= 2 && is_rtcp_type(datagram[1]);
    return rtcp ? DatagramKind::kRtcp : DatagramKind::kRtp;
  }
  if (first <= 3) return DatagramKind::kStun;
  if (first >= 20 && first <= 63) return DatagramKind::kDtls;
  return DatagramKind::kUnknown;
}

}  // namespace penstock
