#include "dataplane/srtp/backend.h"

#include "dataplane/srtp/vaes_gcm.h"

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

SrtpBackend preferred_srtp_backend() {
  return vaes_gcm_is_preferred() ? SrtpBackend::kVaes : SrtpBackend::kIpsecMb;
}

}  // namespace penstock
