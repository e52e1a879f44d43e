// Neighbour solicitations and advertisements (RFC 4861 sections 4.3, 4.4, 7.1). Router
// advertisements and redirects are never acted upon: the gateway is configuration. Stateless;
// usable from any thread. What is answered and what is learned: responder.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/net/ethernet.h"
#include "dataplane/net/ipv6.h"
#include "dataplane/net/mac_address.h"

namespace penstock {

// A message of ours: 24 bytes and one link-layer address option.
inline constexpr std::size_t kNeighborMessageBytes = 32;
inline constexpr std::size_t kNeighborFrameBytes =
    kEthernetHeaderBytes + kIpv6HeaderBytes + kNeighborMessageBytes;

// The hop limit that proves a message was not forwarded by a router.
inline constexpr std::uint8_t kNeighborHopLimit = 255;

struct NeighborMessage {
  bool is_solicitation = false;
  IpAddress target;
  bool router = false;     // advertisement only
  bool solicited = false;  // advertisement only
  bool override_flag = false;
  // The source (solicitation) or target (advertisement) link-layer address option.
  bool has_link_layer_address = false;
  MacAddress link_layer_address;
};

// Reads an ICMPv6 message of type 135 or 136 whose checksum was verified, with the validation of
// RFC 4861 sections 7.1.1 and 7.1.2: kNdpInvalid for a hop limit other than 255, a code other than
// 0, a short message, a multicast target, an option of length zero or beyond the end, a
// solicitation from the unspecified address that carries a source link-layer address or is not sent
// to a solicited-node group, or a solicited advertisement to a multicast address. `ip` is its IPv6
// header.
[[nodiscard]] DropReason parse_neighbor_message(std::span<const std::uint8_t> message,
                                                const Ipv6Header& ip, NeighborMessage& parsed);

// Without an option.
inline constexpr std::size_t kDuplicateDetectionFrameBytes = kNeighborFrameBytes - 8;

struct NeighborFrame {
  MacAddress source_mac;
  MacAddress destination_mac;
  IpAddress source;
  IpAddress destination;
};

// Writes a whole frame of kNeighborFrameBytes, checksum included. The option is written always:
// `link_layer_address` must be set.
void write_neighbor_frame(std::uint8_t* frame, const NeighborFrame& addresses,
                          const NeighborMessage& message);

// Writes a whole frame of kDuplicateDetectionFrameBytes from `source_mac`, which asks whether
// somebody has the address already (RFC 4862 section 5.4.2).
void write_duplicate_detection_frame(std::uint8_t* frame, const MacAddress& source_mac,
                                     const IpAddress& target);

}  // namespace penstock
