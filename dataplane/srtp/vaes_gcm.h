// AES-GCM (NIST SP 800-38D) for CPUs that have AES and carry-less multiplication on 256-bit vectors
// (VAES, VPCLMULQDQ) but not the GFNI or AVX-512 that intel-ipsec-mb wants before it uses them:
// Zen 3 above all. Made for packets: texts of at most kVaesGcmTextBytesMax, a few blocks of AAD,
// and whole-packet latency low enough that packets of different keys overlap.
//
// Constant time: branches and addresses depend on lengths only. Functions are free and keep no
// state; keys are a value, laid out in the order in which a packet reads them. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace penstock {

struct alignas(64) VaesGcmKeys {
  static constexpr std::size_t kPowers = 24;

  // Powers of the GHASH key, each times x: the highest first, H last.
  std::uint8_t powers[kPowers * 16];
  // Halves of H^8 to H added up, for Karatsuba's product: of two pairs in each 32 bytes.
  std::uint8_t folded[64];
  std::uint8_t round_keys[15 * 16];  // 11 used for AES-128
};

struct VaesGcmOperation {
  const VaesGcmKeys* keys = nullptr;
  bool is_aes256 = false;
  const std::uint8_t* iv = nullptr;  // 12 bytes
  // At least 1 byte; 15 more must be readable behind them.
  const std::uint8_t* aad = nullptr;
  std::size_t aad_bytes = 0;
  // At most kVaesGcmTextBytesMax bytes, of which only these are read. `to` is `from`, or does not
  // overlap it. Sealing writes up to kVaesGcmOverrunBytes behind the text too, before the tag.
  const std::uint8_t* from = nullptr;
  std::uint8_t* to = nullptr;
  std::size_t bytes = 0;
  std::uint8_t* tag = nullptr;  // 16 bytes, written last
};

inline constexpr std::size_t kVaesGcmTextBytesMax = 4'000;  // block counters of one byte
inline constexpr std::size_t kVaesGcmOverrunBytes = 63;

// Whether this CPU can run the functions below.
bool vaes_gcm_is_supported();

// `key`: 16 bytes, or 32 for AES-256.
void vaes_gcm_expand_key(const std::uint8_t* key, bool is_aes256, VaesGcmKeys& keys);
// Encrypts and writes the tag.
void vaes_gcm_seal(const VaesGcmOperation& operation);
// Decrypts and writes the tag that the packet should have, for the caller to compare.
void vaes_gcm_open(const VaesGcmOperation& operation);

}  // namespace penstock
