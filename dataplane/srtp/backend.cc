#include "dataplane/srtp/backend.h"

#include "dataplane/srtp/vaes512_gcm.h"

namespace penstock {

std::string_view to_string(SrtpBackend backend) {
  switch (backend) {
    case SrtpBackend::kIpsecMb:
      return "ipsec-mb";
    case SrtpBackend::kVaes:
      return "vaes";
    case SrtpBackend::kLibsrtp:
      return "libsrtp";
  }
  return "unknown";
}

bool is_runnable(SrtpBackend backend) {
  return backend != SrtpBackend::kVaes || vaes_gcm_is_supported();
}

// Where the library has nothing better (docs/adr/0010): it does not use VAES on CPUs without GFNI
// and AVX-512; and where both have AVX-512, ours was measured to be faster on AMD's.
SrtpBackend preferred_srtp_backend() {
  const bool library_has_vaes = __builtin_cpu_supports("gfni") || __builtin_cpu_supports("avx512f");
  const bool is_faster = library_has_vaes ? vaes512_gcm_is_supported() && __builtin_cpu_is("amd")
                                          : vaes_gcm_is_supported();
  return is_faster ? SrtpBackend::kVaes : SrtpBackend::kIpsecMb;
}

}  // namespace penstock
