// Initialisation vectors. SRTP and SRTCP form them alike from the session salt, the SSRC and the
// packet index of 48 bits (the SRTCP index being one of 31). Pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/base/endian.h"

namespace penstock {

using SrtpSalt = std::array<std::uint8_t, 14>;

// Two 64-bit words in network order: what is common to all of them is built by shifting.
inline void xor_be64(std::uint8_t* to, std::uint64_t value) {
  store_be64(to, load_be64(to) ^ value);
}

// AES-CM (RFC 3711 section 4.1.1): salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16; the low 16 bits
// count blocks.
inline void write_cm_iv(const SrtpSalt& salt, std::uint32_t ssrc, std::uint64_t index,
                        std::uint8_t* iv) {
  std::memcpy(iv, salt.data(), salt.size());
  iv[14] = iv[15] = 0;
  xor_be64(iv, ssrc);
  xor_be64(iv + 8, index << 16);
}

// AES-GCM (RFC 7714 sections 8.1 and 9.1): 16 zero bits, SSRC, index, all XOR the 96-bit salt.
inline void write_gcm_iv(const SrtpSalt& salt, std::uint32_t ssrc, std::uint64_t index,
                         std::uint8_t* iv) {
  std::memcpy(iv, salt.data(), 12);
  xor_be64(iv, (static_cast<std::uint64_t>(ssrc) << 16) | (index >> 32));
  store_be32(iv + 8, load_be32(iv + 8) ^ static_cast<std::uint32_t>(index));
}

}  // namespace penstock
