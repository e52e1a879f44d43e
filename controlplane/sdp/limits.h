// Limits of a session description that a peer may send, in one place, so that the work for any
// description is bounded (RFC 8866 sets no limits).
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/limits.h"

namespace penstock::sdp {

// Of the whole: what exceeds one of these is refused. As large as the largest that configuration
// allows (dataplane/base/limits.h), of the m-lines that browsers write. What a client may send in
// one message is configuration, and usually less.
inline constexpr std::size_t kDescriptionBytesMax = 2 * 1024 * 1024;
inline constexpr std::size_t kDescriptionLinesMax = 65'536;
inline constexpr std::size_t kMediaDescriptionsMax = 1'024;

// Of a fragment with candidates (trickle_fragment.h).
inline constexpr std::size_t kFragmentBytesMax = 64 * 1024;

static_assert(kMediaDescriptionsMax >= kSubscriptionsPerTransportMax);
static_assert(kMediaDescriptionsMax >= kStreamsPerTransportMax);

// Warnings about one exchange; how many more there were is said.
inline constexpr std::size_t kWarningsMax = 16;

// As the two-byte form of the header extension carries it (RFC 9143 section 15); longer ones are
// refused.
inline constexpr std::size_t kMidTextBytesMax = 255;

// Of a message on a data channel, as our descriptions say (a=max-message-size).
inline constexpr std::uint64_t kDataMessageBytesMax = 256 * 1'024;

// Formats of one m-line; more are refused, as no RTP has them.
inline constexpr std::size_t kFormatsMax = 256;
// Per media description: what exceeds one of these is left out, with a warning.
inline constexpr std::size_t kCandidatesMax = 64;  // without one: a lite agent uses none
inline constexpr std::size_t kSsrcsMax = 64;
inline constexpr std::size_t kExtmapsMax = 64;
inline constexpr std::size_t kRidsMax = 16;
// More are refused.
inline constexpr std::size_t kFingerprintsMax = 16;  // also at the session level

// RFC 8839 section 5.4: ice-ufrag of 4 to 256, ice-pwd of 22 to 256 ice-chars.
inline constexpr std::size_t kIceUfragBytesMin = 4;
inline constexpr std::size_t kIcePwdBytesMin = 22;
inline constexpr std::size_t kIceCredentialBytesMax = 256;

}  // namespace penstock::sdp
