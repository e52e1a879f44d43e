// Reads the attributes that stand at both levels of a description: ICE credentials, fingerprints
// and setup. Internal to the parser.
#pragma once

#include <optional>
#include <string_view>

#include "controlplane/sdp/refusal.h"
#include "controlplane/sdp/session_description.h"

namespace penstock::sdp {

// Reads "a=<name>:<value>" into `transport`; nullopt if it is none of these attributes.
std::optional<Refusal> read_transport_attribute(std::string_view name, std::string_view value,
                                                TransportAttributes& transport);

}  // namespace penstock::sdp
