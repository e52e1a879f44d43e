// Which library does the cryptography of SRTP. Chosen once at start; a context and the engine that
// uses it are of the same backend. What a CPU cannot run, SrtpEngine::create refuses.
#pragma once

#include <cstdint>
#include <string_view>

namespace penstock {

enum class SrtpBackend : std::uint8_t {
  kIpsecMb,  // intel-ipsec-mb by direct call: the fast path
  kVaes,     // the same, with our own GCM for RTP (vaes_gcm.h, vaes512_gcm.h)
  kLibsrtp,  // libsrtp2: portable, slower, and the oracle of our tests
};

// As configured: "ipsec-mb", "vaes", "libsrtp".
std::string_view to_string(SrtpBackend backend);
// Whether this CPU has the instructions.
bool is_runnable(SrtpBackend backend);
// The fastest one on this CPU.
SrtpBackend preferred_srtp_backend();

}  // namespace penstock
