// CRC32c (RFC 4960 appendix B), with which every SCTP packet goes, by the CPU's own instruction.
// Stateless; any thread.
#pragma once

#include <cstdint>
#include <span>

namespace penstock {

// The checksum of an SCTP packet, as a number that is stored in the order of an x86's bytes. What
// stands in the packet's checksum field does not matter. The packet has a common header.
std::uint32_t sctp_checksum(std::span<const std::uint8_t> packet);

// As the packet has it.
bool has_valid_sctp_checksum(std::span<const std::uint8_t> packet);
void write_sctp_checksum(std::span<std::uint8_t> packet);

}  // namespace penstock
