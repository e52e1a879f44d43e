// SRTP session keys from a master key: RFC 3711 section 4.3 with a key derivation rate of zero, RFC
// 6188 for 256-bit keys, RFC 7714 section 11 for GCM's 96-bit salts. Runs once per direction of a
// transport (it calls OpenSSL), on whichever thread expands the keys; stateless.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/rtp/media_types.h"

namespace penstock {

inline constexpr std::size_t kSrtpAuthKeyBytes = 20;  // HMAC-SHA1 (RFC 3711 section 5.2)

// Bytes of the session salt: 112 bits for AES-CM, 96 for GCM.
constexpr std::size_t srtp_session_salt_bytes(SrtpProfile profile) {
  return srtp_master_salt_bytes(profile);
}

// Keys for the packets of one protocol. What the profile does not use stays zero: the second half
// of the cipher key with 128 bits, the authentication key with GCM. Wiped on destruction.
struct SrtpProtocolKeys {
  std::array<std::uint8_t, 32> cipher_key{};
  std::array<std::uint8_t, kSrtpAuthKeyBytes> auth_key{};
  std::array<std::uint8_t, 14> salt{};

  SrtpProtocolKeys() = default;
  SrtpProtocolKeys(const SrtpProtocolKeys&) = default;
  SrtpProtocolKeys& operator=(const SrtpProtocolKeys&) = default;
  ~SrtpProtocolKeys();
};

struct SrtpSessionKeys {
  SrtpProtocolKeys rtp;   // labels 0, 1, 2
  SrtpProtocolKeys rtcp;  // labels 3, 4, 5
};

// Nothing if OpenSSL has no memory.
std::optional<SrtpSessionKeys> derive_session_keys(SrtpProfile profile,
                                                   const SrtpMasterKey& master);

}  // namespace penstock
