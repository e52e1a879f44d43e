// The frame of RTCP (RFC 3550 section 6.1): stepping through the packets of a compound (or
// reduced-size, RFC 5506) datagram, and writing one packet's header. Each message has its own file
// beside this one, with two functions: parse_x(const RtcpPacket&), empty for malformed input, and
// write_x(ByteWriter&, ...), which appends one whole packet or, if it does not fit, nothing. All
// are stateless and called by the worker that owns the transport.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/byte_writer.h"

namespace penstock {

// Packet types (RFC 3550 section 12.1, RFC 4585 section 6.1, RFC 3611 section 2).
inline constexpr std::uint8_t kRtcpSenderReport = 200;
inline constexpr std::uint8_t kRtcpReceiverReport = 201;
inline constexpr std::uint8_t kRtcpSdes = 202;
inline constexpr std::uint8_t kRtcpBye = 203;
inline constexpr std::uint8_t kRtcpTransportFeedback = 205;  // RTPFB
inline constexpr std::uint8_t kRtcpPayloadFeedback = 206;    // PSFB
inline constexpr std::uint8_t kRtcpExtendedReport = 207;     // XR

// Feedback message types (FMT) of RTPFB and PSFB.
inline constexpr std::uint8_t kFmtNack = 1;          // RTPFB, RFC 4585 section 6.2.1
inline constexpr std::uint8_t kFmtTransportCc = 15;  // RTPFB, draft-holmer-rmcat-transport-wide-cc
inline constexpr std::uint8_t kFmtPli = 1;           // PSFB, RFC 4585 section 6.3.1
inline constexpr std::uint8_t kFmtFir = 4;           // PSFB, RFC 5104 section 4.3.1
inline constexpr std::uint8_t kFmtApplication = 15;  // PSFB, RFC 4585 section 6.4; REMB

inline constexpr std::size_t kRtcpHeaderBytes = 4;
inline constexpr std::size_t kFeedbackSsrcsBytes = 8;  // of sender and media source, RFC 4585, 6.1
inline constexpr std::size_t kRtcpItemsMax = 31;       // what the 5-bit count can say

// One RTCP packet of a datagram. Borrows the datagram.
struct RtcpPacket {
  std::uint8_t count = 0;  // report, source or chunk count, or the FMT of a feedback message
  std::uint8_t type = 0;
  std::span<const std::uint8_t> body;  // after the 4 header bytes, without padding

  bool is(std::uint8_t packet_type, std::uint8_t format) const {
    return type == packet_type && count == format;
  }
};

// Steps through a decrypted datagram. Packets of unknown type are returned like others: the caller
// skips them. A malformed one ends the iteration. A value on the stack; borrows the datagram.
class CompoundReader {
 public:
  explicit CompoundReader(std::span<const std::uint8_t> datagram) : rest_(datagram) {}

  // The next packet; nothing at the end or at a malformed packet.
  std::optional<RtcpPacket> next();

  // True if the iteration was ended by a packet that was malformed.
  bool malformed() const { return malformed_; }

 private:
  std::span<const std::uint8_t> rest_;
  bool malformed_ = false;
};

// Writes the header of a packet whose body will have `body_bytes` bytes, a multiple of four.
void write_rtcp_header(ByteWriter& writer, std::uint8_t count, std::uint8_t type,
                       std::size_t body_bytes);

}  // namespace penstock
