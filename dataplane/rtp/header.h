// The RTP fixed header (RFC 3550 section 5.1): reading it from a datagram, writing its 12 bytes.
// Works on SRTP packets as well as on plaintext: payload and padding, which are encrypted, are
// never looked at, whereas the header and its extension are in the clear. Stateless; usable from
// any thread, called by workers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "dataplane/base/byte_writer.h"
#include "dataplane/base/drop_reason.h"

namespace penstock {

inline constexpr std::size_t kRtpFixedHeaderBytes = 12;

// A parsed RTP header; all offsets and sizes are in bytes from the start of the packet.
struct RtpHeader {
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
  std::uint16_t sequence_number = 0;
  // 12 bytes, the CSRCs and the whole header extension: where the payload begins.
  std::uint16_t header_bytes = kRtpFixedHeaderBytes;
  // "Defined by profile" of the extension: 0xBEDE or 0x100X for RFC 8285.
  std::uint16_t extension_profile = 0;
  // The data of the extension, without its 4 bytes of profile and length.
  std::uint16_t extension_offset = 0;
  std::uint16_t extension_bytes = 0;
  std::uint8_t payload_type = 0;
  std::uint8_t csrc_count = 0;
  bool marker = false;
  bool has_padding = false;
  bool has_extension = false;
};

// Reads the header of an RTP or SRTP packet. Fails with kRtpInvalid if the version is not 2, if the
// CSRCs or the extension reach past the end, or if the packet is larger than any UDP payload.
std::expected<RtpHeader, DropReason> parse_rtp_header(std::span<const std::uint8_t> packet);

// The number of padding bytes at the end of a decrypted packet: 0 without the P bit. `packet` is
// what `header` was parsed from, without SRTP's tag. Empty result if the count is 0 or larger than
// the payload: such a packet is dropped (RFC 3550 section 5.1, appendix A.1).
std::optional<std::size_t> padding_bytes(std::span<const std::uint8_t> packet,
                                         const RtpHeader& header);

// Writes the 12 fixed bytes: version 2, the flags, payload type, sequence number, timestamp, SSRC.
// The caller appends `csrc_count` CSRCs and, if `has_extension`, the extension. The other fields of
// `header` are not used.
void write_rtp_header(ByteWriter& writer, const RtpHeader& header);

}  // namespace penstock
