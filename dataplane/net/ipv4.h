// The IPv4 header (RFC 791) as a media port accepts it: options are skipped, fragments are not
// taken. Stateless; usable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/net/interface_address.h"

namespace penstock {

inline constexpr std::size_t kIpv4HeaderBytes = 20;

inline constexpr std::uint8_t kProtocolIcmp = 1;
inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::uint8_t kProtocolIcmpv6 = 58;

// Explicit congestion notification (RFC 3168 section 5): 0 is of a sender that knows nothing of it,
// 1 and 2 of one that does, and this says that a router on the way was congested.
inline constexpr std::uint8_t kEcnCongestionExperienced = 3;

// What we send with: more than any path in the Internet needs.
inline constexpr std::uint8_t kHopLimit = 64;

struct Ipv4Header {
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol = 0;
  std::uint8_t time_to_live = 0;
  std::uint16_t payload_bytes = 0;               // behind the header; at most what the packet holds
  std::uint8_t header_bytes = kIpv4HeaderBytes;  // with its options
  std::uint8_t ecn = 0;
};

// Reads the header of `packet`, which may have padding behind it. kIpv4Truncated, kIpv4BadHeader
// (version, IHL, malformed options, source routes (RFC 7126 section 4.3), the reserved flag),
// kIpv4BadChecksum, or kIpFragment with the header of the fragment. Addresses are not judged.
// `checksum_known_good`: the device verified the header checksum.
[[nodiscard]] DropReason parse_ipv4_header(std::span<const std::uint8_t> packet,
                                           bool checksum_known_good, Ipv4Header& header);

// True for sources no host may use towards us (RFC 1122 section 3.2.1.3): multicast, broadcast,
// reserved, loopback, "this network", or our own address.
bool is_martian_ipv4_source(const IpAddress& source, const InterfaceNetwork& ipv4);

// Writes kIpv4HeaderBytes, without options, with DF set, identification zero (RFC 6864
// section 4.1), TTL kHopLimit and the header checksum.
void write_ipv4_header(std::uint8_t* to, const Ipv4Header& header);

}  // namespace penstock
