// Numbers of STUN (RFC 8489 section 18, RFC 8445 section 16.1). Constants only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace penstock::stun {

inline constexpr std::size_t kHeaderBytes = 20;
inline constexpr std::size_t kAttributeHeaderBytes = 4;
inline constexpr std::uint32_t kMagicCookie = 0x2112A442;
inline constexpr std::uint32_t kFingerprintXor = 0x5354554E;
inline constexpr std::size_t kMessageIntegrityBytes = 20;
// RFC 8489 section 14.3: "less than 509 bytes".
inline constexpr std::size_t kUsernameBytesMax = 508;

inline constexpr std::uint16_t kMethodBinding = 0x001;

inline constexpr std::uint16_t kAttributeUsername = 0x0006;
inline constexpr std::uint16_t kAttributeMessageIntegrity = 0x0008;
inline constexpr std::uint16_t kAttributeErrorCode = 0x0009;
inline constexpr std::uint16_t kAttributeUnknownAttributes = 0x000A;
inline constexpr std::uint16_t kAttributeRealm = 0x0014;
inline constexpr std::uint16_t kAttributeNonce = 0x0015;
inline constexpr std::uint16_t kAttributeMessageIntegritySha256 = 0x001C;
inline constexpr std::uint16_t kAttributeXorMappedAddress = 0x0020;
inline constexpr std::uint16_t kAttributePriority = 0x0024;
inline constexpr std::uint16_t kAttributeUseCandidate = 0x0025;
inline constexpr std::uint16_t kAttributeSoftware = 0x8022;
inline constexpr std::uint16_t kAttributeFingerprint = 0x8028;
inline constexpr std::uint16_t kAttributeIceControlled = 0x8029;
inline constexpr std::uint16_t kAttributeIceControlling = 0x802A;
inline constexpr std::uint16_t kAttributeNomination = 0xC001;  // draft-thatcher-ice-renomination

inline constexpr std::uint16_t kErrorBadRequest = 400;
inline constexpr std::uint16_t kErrorUnauthenticated = 401;
inline constexpr std::uint16_t kErrorUnknownAttribute = 420;
inline constexpr std::uint16_t kErrorRoleConflict = 487;

// Types below 0x8000 must be understood, or the message cannot be processed (section 14).
constexpr bool is_comprehension_required(std::uint16_t type) { return type < 0x8000; }

}  // namespace penstock::stun
