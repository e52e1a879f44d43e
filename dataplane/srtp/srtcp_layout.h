// Where the parts of an SRTCP packet are. AES-CM puts the word of E flag and index before the tag
// (RFC 3711 section 3.4), GCM behind it (RFC 7714 section 9.2). Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/base/endian.h"
#include "dataplane/rtp/media_types.h"

namespace penstock {

inline constexpr std::size_t kRtcpHeaderBytes = 8;  // up to the SSRC: never encrypted
inline constexpr std::size_t kSrtcpWordBytes = 4;
inline constexpr std::uint32_t kSrtcpEncryptedFlag = std::uint32_t{1} << 31;

struct SrtcpLayout {
  std::size_t plain_bytes = 0;  // header and payload
  std::size_t word_at = 0;
  std::size_t tag_at = 0;
  std::size_t total_bytes = 0;

  static SrtcpLayout from_plain(SrtpProfile profile, std::size_t plain_bytes) {
    const std::size_t tag_bytes = srtcp_tag_bytes(profile);
    const bool is_tag_last = is_cm(profile);
    return {.plain_bytes = plain_bytes,
            .word_at = is_tag_last ? plain_bytes : plain_bytes + tag_bytes,
            .tag_at = is_tag_last ? plain_bytes + kSrtcpWordBytes : plain_bytes,
            .total_bytes = plain_bytes + kSrtcpWordBytes + tag_bytes};
  }
};

// An RTCP packet that is being protected or unprotected in place.
struct RtcpOperation {
  std::uint8_t* packet = nullptr;
  SrtcpLayout layout;
  std::uint32_t index = 0;

  std::uint32_t ssrc() const { return load_be32(packet + 4); }
  std::uint8_t* payload() const { return packet + kRtcpHeaderBytes; }
  std::size_t payload_bytes() const { return layout.plain_bytes - kRtcpHeaderBytes; }
};

}  // namespace penstock
