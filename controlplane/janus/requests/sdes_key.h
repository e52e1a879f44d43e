// SRTP keys as requests carry them: a suite, 32 or 80 for the bits of its tag, and master key and
// salt together in base64, as in SDES (RFC 4568 section 6.1). Pure functions.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "controlplane/janus/errors.h"
#include "controlplane/janus/json.h"
#include "controlplane/media/media.h"

namespace penstock::janus {

// From `srtp_suite` and `srtp_crypto`, which have passed their checks: both directions have the
// same keys. Nothing if neither is there.
std::expected<std::optional<SrtpKeys>, Error> read_srtp_keys(const json::object& object);

}  // namespace penstock::janus
