// ARP for IPv4 over Ethernet (RFC 826; probes and announcements RFC 5227). Stateless; usable from
// any thread. What is answered and what is learned: responder.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/net/ethernet.h"
#include "dataplane/net/mac_address.h"

namespace penstock {

inline constexpr std::size_t kArpBytes = 28;
inline constexpr std::size_t kArpFrameBytes = kEthernetHeaderBytes + kArpBytes;

enum class ArpOperation : std::uint16_t { kRequest = 1, kReply = 2 };

struct ArpPacket {
  ArpOperation operation = ArpOperation::kRequest;
  MacAddress sender_mac;
  IpAddress sender_ip;  // IPv4; unspecified in an address probe
  MacAddress target_mac;
  IpAddress target_ip;
};

// Reads what follows the Ethernet header (padding behind it is ignored). kArpInvalid unless it is a
// request or reply for IPv4 over Ethernet with a plausible sender: a unicast MAC, and an address
// that is unspecified or unicast.
[[nodiscard]] DropReason parse_arp(std::span<const std::uint8_t> payload, ArpPacket& packet);

// Writes a whole frame of kArpFrameBytes to `destination`; the Ethernet source is the sender's MAC.
void write_arp_frame(std::uint8_t* frame, const MacAddress& destination, const ArpPacket& packet);

}  // namespace penstock
