// ICMP (RFC 792) and ICMPv6 (RFC 4443) messages as far as a data port speaks them: echo. Of errors
// one is acted upon, "packet too big" (packet_too_big.h). Stateless; usable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/ip_address.h"

namespace penstock {

inline constexpr std::size_t kIcmpHeaderBytes = 8;

inline constexpr std::uint8_t kIcmpEchoReply = 0;
inline constexpr std::uint8_t kIcmpEchoRequest = 8;
inline constexpr std::uint8_t kIcmpv6EchoRequest = 128;
inline constexpr std::uint8_t kIcmpv6EchoReply = 129;
inline constexpr std::uint8_t kIcmpv6MulticastListenerQuery = 130;
inline constexpr std::uint8_t kIcmpv6RouterSolicitation = 133;
inline constexpr std::uint8_t kIcmpv6RouterAdvertisement = 134;
inline constexpr std::uint8_t kIcmpv6NeighborSolicitation = 135;
inline constexpr std::uint8_t kIcmpv6NeighborAdvertisement = 136;
inline constexpr std::uint8_t kIcmpv6Redirect = 137;

// kIcmpInvalid unless `message` is an echo request with code zero and a right checksum.
[[nodiscard]] DropReason check_icmp_echo_request(std::span<const std::uint8_t> message);

// kIcmpInvalid if `message` is shorter than four bytes or its checksum, which covers the pseudo
// header, is wrong.
[[nodiscard]] DropReason check_icmpv6(std::span<const std::uint8_t> message,
                                      const IpAddress& source, const IpAddress& destination);

// Stores the checksum of the message, whatever was in its place.
void store_icmp_checksum(std::span<std::uint8_t> message);
void store_icmpv6_checksum(std::span<std::uint8_t> message, const IpAddress& source,
                           const IpAddress& destination);

}  // namespace penstock
