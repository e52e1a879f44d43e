// The IPv6 header (RFC 8200) as a media port accepts it: no extension headers, no fragments, no
// jumbograms. Stateless; usable from any thread.
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
  std::uint8_t next_header = 0;
  std::uint8_t hop_limit = 0;
  std::uint16_t payload_bytes = 0;  // at most what the packet holds
};

// Reads the header of `packet`, which may have padding behind it. kIpv6Truncated, kIpv6BadHeader
// (version, any extension header but the fragment header), or kIpFragment with the header in front
// of the fragment header. Addresses are not judged.
[[nodiscard]] DropReason parse_ipv6_header(std::span<const std::uint8_t> packet,
                                           Ipv6Header& header);

// True for sources no host may use towards us: multicast, loopback, IPv4-mapped (it would pass for
// an IPv4 peer), or one of our own. The unspecified address is judged by the caller: only duplicate
// address detection may use it.
bool is_martian_ipv6_source(const IpAddress& source, const InterfaceAddresses& addresses);

bool is_ipv6_multicast(const IpAddress& address);
bool is_ipv6_link_local(const IpAddress& address);

// ff02::1, all nodes of the link.
IpAddress all_nodes_group();
// ff02::1:ffXX:XXXX, where neighbours ask for `address` (RFC 4291 section 2.7.1).
IpAddress solicited_node_group(const IpAddress& address);

// Writes kIpv6HeaderBytes with traffic class and flow label zero.
void write_ipv6_header(std::uint8_t* to, const Ipv6Header& header);

}  // namespace penstock
