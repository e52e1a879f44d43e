#include "dataplane/net/udp.h"

#include "dataplane/base/endian.h"
#include "dataplane/net/checksum.h"
#include "dataplane/net/ipv4.h"

namespace penstock {
namespace {

bool is_checksum_right(std::span<const std::uint8_t> datagram, const UdpParseContext& context) {
  const std::uint16_t checksum = load_be16(&datagram[6]);
  if (checksum == 0) return context.source.is_v4();
  if (context.checksum_known_good) return true;
  const std::uint64_t sum = pseudo_header_sum(context.source, context.destination, kProtocolUdp,
                                              static_cast<std::uint32_t>(datagram.size())) +
                            ones_complement_sum(datagram);
  return fold_checksum(sum) == 0xFFFF;
}

}  // namespace

DropReason parse_udp_header(std::span<const std::uint8_t> packet, const UdpParseContext& context,
                            UdpHeader& header) {
  if (packet.size() < kUdpHeaderBytes) return DropReason::kUdpTruncated;
  const std::size_t datagram_bytes = load_be16(&packet[4]);
  if (datagram_bytes < kUdpHeaderBytes || datagram_bytes > packet.size())
    return DropReason::kUdpTruncated;
  if (!is_checksum_right(packet.first(datagram_bytes), context)) return DropReason::kUdpBadChecksum;
  header.source_port = load_be16(&packet[0]);
  header.destination_port = load_be16(&packet[2]);
  header.payload_bytes = static_cast<std::uint16_t>(datagram_bytes - kUdpHeaderBytes);
  return DropReason::kNone;
}

}  // namespace penstock
