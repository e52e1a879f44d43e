// Stage 2 of a packet's journey: from the bytes of a received frame to a UDP datagram, to work for
// the port's LinkResponder, or to the one reason why it goes no further. Every length and checksum
// is checked. Stateless; the worker that received the frame calls it.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/net/interface_address.h"
#include "dataplane/net/path.h"

namespace penstock {

// What the device says about a frame. Only "good" is believed: for "bad" and "not checked" the
// checksum is computed here.
struct ParseOptions {
  bool ipv4_checksum_known_good = false;
  bool udp_checksum_known_good = false;
};

enum class FrameKind : std::uint8_t {
  kDropped,  // `drop` says why
  kUdp,      // a datagram for our address, with its checksum verified
  kArp,      // for LinkResponder, as the two below
  kIcmp,
  kIcmpv6,
};

struct FrameVerdict {
  FrameKind kind = FrameKind::kDropped;
  DropReason drop = DropReason::kNone;  // kNone unless dropped
  std::uint8_t hop_limit = 0;           // of IPv4 and IPv6 packets
  std::uint8_t ecn = 0;                 // the same
  std::uint16_t payload_offset =
      0;                            // from the start of the frame: UDP payload, ARP or ICMP message
  std::uint16_t payload_bytes = 0;  // may be zero
  // The way back to the sender: its MAC, its address, our address it sent to. Ports are set for
  // UDP, addresses for all but ARP.
  Path path;

  bool is_link_work() const {
    return kind == FrameKind::kArp || kind == FrameKind::kIcmp || kind == FrameKind::kIcmpv6;
  }
};

// Judges one received frame (without its FCS). Never reads outside it, whatever it holds.
FrameVerdict parse_frame(std::span<const std::uint8_t> frame, const InterfaceAddresses& addresses,
                         const ParseOptions& options = {});

}  // namespace penstock
