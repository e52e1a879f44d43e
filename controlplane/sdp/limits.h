// Limits of a session description that a peer may send, in one place. Whatever exceeds one is
// refused whole, so that the work for any description is bounded (RFC 8866 sets no limits).
#pragma once

#include <cstddef>

namespace penstock::sdp {

// As large as the largest that configuration allows (dataplane/base/limits.h), of the m-lines that
// browsers write. What a client may send in one message is configuration, and usually less.
inline constexpr std::size_t kDescriptionBytesMax = 2 * 1024 * 1024;
inline constexpr std::size_t kDescriptionLinesMax = 65'536;
inline constexpr std::size_t kMediaDescriptionsMax = 1'024;

// Per media description.
inline constexpr std::size_t kFormatsMax = 256;
inline constexpr std::size_t kCandidatesMax = 64;
inline constexpr std::size_t kSsrcsMax = 64;
inline constexpr std::size_t kExtmapsMax = 64;
inline constexpr std::size_t kRidsMax = 16;
inline constexpr std::size_t kFingerprintsMax = 16;  // also at the session level

// RFC 8839 section 5.4: ice-ufrag of 4 to 256, ice-pwd of 22 to 256 ice-chars.
inline constexpr std::size_t kIceUfragBytesMin = 4;
inline constexpr std::size_t kIcePwdBytesMin = 22;
inline constexpr std::size_t kIceCredentialBytesMax = 256;

}  // namespace penstock::sdp
