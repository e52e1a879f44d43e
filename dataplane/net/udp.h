// The UDP header (RFC 768; over IPv6 RFC 8200 section 8.1). Stateless; usable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/ip_address.h"

namespace penstock {

inline constexpr std::size_t kUdpHeaderBytes = 8;

struct UdpHeader {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint16_t payload_bytes = 0;
};

// Reads the header of `packet`, all that the IP header says belongs to it; a UDP length below that
// is accepted and the surplus is no payload. kUdpTruncated or kUdpBadChecksum; a zero checksum
// means "none" on IPv4 and is refused on IPv6. `source` and `destination` are for the pseudo
// header. `checksum_known_good`: the device verified it.
struct UdpParseContext {
  const IpAddress& source;
  const IpAddress& destination;
  bool checksum_known_good;
};
[[nodiscard]] DropReason parse_udp_header(std::span<const std::uint8_t> packet,
                                          const UdpParseContext& context, UdpHeader& header);

}  // namespace penstock
