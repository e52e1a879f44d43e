// The IPv6 header (RFC 8200) as a media port accepts it: hop-by-hop and destination options are
// skipped, a fragment that is a whole packet (RFC 6946) is taken for one; no other fragments and
// extension headers, no jumbograms. Stateless; usable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/net/interface_address.h"

namespace penstock {

inline constexpr std::size_t kIpv6HeaderBytes = 40;

struct Ipv6Header {
  IpAddress source;
  IpAddress destination;
  std::uint8_t next_header = 0;  // behind the extension headers
  std::uint8_t hop_limit = 0;
  std::uint16_t payload_bytes = 0;                // behind them; at most what the packet holds
  std::uint16_t header_bytes = kIpv6HeaderBytes;  // with them
  bool is_atomic_fragment = false;                // whole, but with a fragment header
  std::uint8_t ecn = 0;
};

// Extension headers that are skipped at most, and their bytes.
inline constexpr std::size_t kIpv6ExtensionsMax = 4;
inline constexpr std::size_t kIpv6ExtensionBytesMax = 256;

// Reads the header of `packet`, which may have padding behind it, and the extension headers.
// kIpv6Truncated, kIpv6BadHeader (version, hop-by-hop options that are not first), or
// kIpv6ExtensionRefused: a header that is not skipped, one with an option that may not be skipped
// (RFC 8200 section 4.2), or too much of them. kIpFragment with the headers in front of the
// fragment header, which is what `payload_bytes` begin with. Addresses are not judged.
[[nodiscard]] DropReason parse_ipv6_header(std::span<const std::uint8_t> packet,
                                           Ipv6Header& header);

// True for sources no host may use towards us: multicast, loopback, IPv4-mapped (it would pass for
// an IPv4 peer), or one of our own. The unspecified address is judged by the caller: only duplicate
// address detection may use it.
bool is_martian_ipv6_source(const IpAddress& source, const InterfaceAddresses& addresses);

bool is_ipv6_multicast(const IpAddress& address);
bool is_ipv6_link_local(const IpAddress& address);

// ff02::1, all nodes of the link; ff02::16, all its routers that speak MLDv2 (RFC 3810 section 11).
IpAddress all_nodes_group();
IpAddress all_mldv2_routers_group();
// ff02::1:ffXX:XXXX, where neighbours ask for `address` (RFC 4291 section 2.7.1).
IpAddress solicited_node_group(const IpAddress& address);

// Writes kIpv6HeaderBytes with traffic class and flow label zero.
void write_ipv6_header(std::uint8_t* to, const Ipv6Header& header);

}  // namespace penstock
