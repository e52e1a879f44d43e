// CRC-32 of ISO-HDLC (ITU V.42), as FINGERPRINT uses it (RFC 8489 section 14.7). Stateless; any
// thread.
#pragma once

#include <cstdint>
#include <span>

namespace penstock::stun {

std::uint32_t crc32(std::span<const std::uint8_t> bytes);

}  // namespace penstock::stun
