// One fragment of an IP packet that is for us: IPv4 (RFC 791 section 3.2), or IPv6 with a fragment
// header, perhaps behind options (RFC 8200 section 4.5). Only UDP is read: nothing else that is for
// a media port comes in fragments. Stateless; the worker that received the frame calls it, when
// parse_frame has refused the frame as a fragment.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/net/interface_address.h"
#include "dataplane/net/mac_address.h"
#include "dataplane/net/udp_parser.h"

namespace penstock {

struct IpFragment {
  MacAddress remote_mac;  // who delivered it
  IpAddress source;
  IpAddress destination;
  std::uint32_t identification = 0;
  std::uint32_t offset = 0;  // of `data` in the packet's payload
  bool has_more = false;     // it is not the last one
  std::span<const std::uint8_t> data;
};

// Reads `frame`, which `fragment.data` borrows. kIpFragment if it is none that is taken: for
// another address or protocol, or from a source that no host may use; kFragmentInvalid if its
// lengths cannot be: not a multiple of eight bytes although more follow, nothing, or beyond the
// largest packet there is; else why the frame or its IP header was refused.
[[nodiscard]] DropReason parse_ip_fragment(std::span<const std::uint8_t> frame,
                                           const InterfaceAddresses& addresses,
                                           const ParseOptions& options, IpFragment& fragment);

}  // namespace penstock
