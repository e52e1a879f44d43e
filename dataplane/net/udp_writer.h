// Headers of outgoing datagrams. Each path has a template, built once when the path is set; per
// packet it is copied in front of the payload, and lengths and checksums are patched. Owned by the
// worker that owns the transport. RFC 791, 8200, 768; RFC 6864 section 4.1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/limits.h"
#include "dataplane/net/ethernet.h"
#include "dataplane/net/ipv4.h"
#include "dataplane/net/ipv6.h"
#include "dataplane/net/path.h"
#include "dataplane/net/udp.h"

namespace penstock {

inline constexpr std::size_t kUdpOverIpv4HeaderBytes =
    kEthernetHeaderBytes + kIpv4HeaderBytes + kUdpHeaderBytes;  // 42
inline constexpr std::size_t kUdpOverIpv6HeaderBytes =
    kEthernetHeaderBytes + kIpv6HeaderBytes + kUdpHeaderBytes;  // 62
// What a caller who does not know the family yet leaves free in front of a payload.
inline constexpr std::size_t kUdpHeadersBytesMax = kUdpOverIpv6HeaderBytes + kVlanTagBytes;

// Of media; everything else has one (write_checksummed_udp_headers).
enum class Ipv4UdpChecksum : std::uint8_t {
  kNone,     // zero: media is authenticated anyway, and reading every payload again costs
  kCompute,  // for paths whose middleboxes drop datagrams without one
};

// How a datagram's UDP checksum comes about.
enum class UdpChecksum : std::uint8_t {
  kNone,        // zero is written: it has none, or whoever sends it writes it
  kWritten,     // with the headers
  kLeftToPort,  // the pseudo header's sum is written; the port adds UDP header and payload
};

struct UdpPathTemplate {
  std::array<std::uint8_t, kUdpHeadersBytesMax> header{};
  std::uint8_t header_bytes = 0;  // 42 or 62, and four more with a VLAN tag; zero: no path yet
  UdpChecksum media_checksum = UdpChecksum::kWritten;
  UdpChecksum control_checksum = UdpChecksum::kWritten;  // of everything else
  std::uint16_t ipv4_header_sum = 0;    // of the IPv4 header with a total length of zero
  std::uint16_t pseudo_header_sum = 0;  // of addresses and protocol; with kWritten, ports too
  std::uint16_t frame_bytes_max = 0;    // that fit the way, the Ethernet header included

  bool is_ipv4() const { return header_bytes <= kUdpOverIpv4HeaderBytes + kVlanTagBytes; }
};

// Differentiated services code points of what we send (RFC 8837 section 5, medium and high
// priority): audio, and everything else.
inline constexpr std::uint8_t kDscpAudio = 46;  // EF
inline constexpr std::uint8_t kDscpOther = 36;  // AF42

struct UdpPathOptions {
  std::uint16_t mtu = kMtuMax;  // of IP packets on this path
  std::uint16_t vlan_id = 0;    // 0: without a tag
  Ipv4UdpChecksum ipv4_udp_checksum = Ipv4UdpChecksum::kNone;
  std::uint8_t dscp = 0;                         // 0..63
  UdpChecksum checksum = UdpChecksum::kWritten;  // of what has one
};

// Builds the template for sending along `path` from the port with `local_mac`. Both addresses of
// the path are of the same family. DF set, identification zero, TTL or hop limit kHopLimit, `dscp`
// in the traffic class (0 for best effort).
UdpPathTemplate make_udp_path_template(const Path& path, const MacAddress& local_mac,
                                       const UdpPathOptions& options = {});

// The same way to another port of the same host.
UdpPathTemplate with_remote_port(const UdpPathTemplate& path, std::uint16_t port);

// Of the next hop; only where there are headers.
inline MacAddress next_hop_of(const UdpPathTemplate& path) {
  return MacAddress::from_bytes(path.header.data());
}
void set_next_hop(UdpPathTemplate& path, const MacAddress& mac);
void set_mtu(UdpPathTemplate& path, std::uint16_t mtu);

// Where the IP header of a frame with these headers begins.
std::size_t ip_offset(const UdpPathTemplate& path);

// Whether the headers of media on this path need the payload, for a checksum that covers it: if
// not, they may be written before it is there.
inline bool covers_payload(const UdpPathTemplate& path) {
  return path.media_checksum == UdpChecksum::kWritten;
}

// Writes the headers of media at `frame`. If they cover the payload it is already in place, at
// `frame + header_bytes`. The frame to send has `header_bytes + payload_bytes`. `payload_bytes` is
// at most 65,507.
void write_udp_headers(const UdpPathTemplate& path, std::uint8_t* frame, std::size_t payload_bytes);

// The same, with a checksum over IPv4 too whatever the path says: for what is no media. RFC 768 has
// it optional, but NAT64 and other translators drop datagrams without one (RFC 7915 section 4.5).
void write_checksummed_udp_headers(const UdpPathTemplate& path, std::uint8_t* frame,
                                   std::size_t payload_bytes);

// Behind one of these: this packet has another code point than its path.
void set_dscp(const UdpPathTemplate& path, std::uint8_t* frame, std::uint8_t dscp);

// Behind one of these, over IPv4: routers may cut this one into fragments. `identification`
// is another one for each packet that is sent so (RFC 6864 section 4.2).
void allow_fragmentation(const UdpPathTemplate& path, std::uint8_t* frame,
                         std::uint16_t identification);

}  // namespace penstock
