// Full intra request (RFC 5104 section 4.3.1): the receiver needs a keyframe, by numbered request:
// the same number again is a repetition, not a new request (section 4.3.1.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/base/static_vector.h"
#include "dataplane/rtp/rtcp/compound.h"

namespace penstock {

inline constexpr std::size_t kFirEntriesMax = 64;  // of one message

struct FirEntry {
  std::uint32_t ssrc = 0;  // the media sender that is asked
  std::uint8_t sequence_number = 0;
};

struct Fir {
  std::uint32_t sender_ssrc = 0;
  StaticVector<FirEntry, kFirEntriesMax> entries;
};

// Empty unless `packet` is a FIR with one to kFirEntriesMax whole entries.
std::optional<Fir> parse_fir(const RtcpPacket& packet);

// Appends the packet; false, and nothing written, if it does not fit.
bool write_fir(ByteWriter& writer, const Fir& fir);

}  // namespace penstock
