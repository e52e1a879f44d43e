// Session keys in the form in which intel-ipsec-mb uses them: AES round keys, powers of the GHASH
// key, HMAC states after their key blocks. Part of a context; written once when the keys arrive,
// then only read. The layout of the GCM part is the library's own and depends on the CPU.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/srtp/vaes_gcm.h"

namespace penstock {

inline constexpr std::size_t kGcmKeyDataBytes = 1'008;  // sizeof(gcm_key_data), checked where used

struct CmKeySchedule {
  alignas(16) std::uint8_t round_keys[176];  // AES-128, encryption
  alignas(16) std::uint8_t inner_state[20];  // SHA-1 after key XOR ipad
  alignas(16) std::uint8_t outer_state[20];  // SHA-1 after key XOR opad
};

struct GcmKeySchedule {
  alignas(64) std::uint8_t data[kGcmKeyDataBytes];
};

union alignas(64) SrtpKeySchedule {
  CmKeySchedule cm;
  GcmKeySchedule gcm;
  VaesGcmKeys vaes;  // of RTP with SrtpBackend::kVaes
};

}  // namespace penstock
