// The AES-GCM of vaes_gcm.h for CPUs that have AVX-512 as well: the same keys and operations, twice
// as many blocks at a time. Any thread; constant time.
#pragma once

#include "dataplane/srtp/vaes_gcm.h"

namespace penstock {

// Whether this CPU can run the functions below.
bool vaes512_gcm_is_supported();

// As vaes_gcm_seal and vaes_gcm_open.
void vaes512_gcm_seal(const VaesGcmOperation& operation);
void vaes512_gcm_open(const VaesGcmOperation& operation);

}  // namespace penstock
