// Reads the values of single lines and attributes of a session description: what stands after
// "a=name:" or "o=", without blanks around it. Each function returns nullopt when the value is
// malformed. Words of which RFCs have a list are read in any case, and kept in one, so that whoever
// compares them later may do so as text. Internal to the parser; pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "controlplane/sdp/session_description.h"

namespace penstock::sdp {

std::optional<Origin> parse_origin(std::string_view value);            // RFC 8866 section 5.2
std::optional<Bandwidth> parse_bandwidth(std::string_view value);      // RFC 8866 section 5.8
std::optional<RtpMap> parse_rtpmap(std::string_view name_clock);       // "opus/48000/2"
std::optional<Direction> parse_direction(std::string_view name);       // "sendonly"
std::optional<Setup> parse_setup(std::string_view value);              // RFC 4145 section 4
std::optional<Fingerprint> parse_fingerprint(std::string_view value);  // RFC 8122 section 5
std::optional<Extmap> parse_extmap(std::string_view value);            // RFC 8285 section 8
std::string parse_feedback(std::string_view value);                    // "nack pli"; may be empty
std::optional<Msid> parse_msid(std::string_view value);                // RFC 8830 section 2
std::optional<SsrcGroup> parse_ssrc_group(std::string_view value);     // RFC 5576 section 4.2
std::optional<Rid> parse_rid(std::string_view value);                  // RFC 8851 section 10
std::optional<Simulcast> parse_simulcast(std::string_view value);      // RFC 8853 section 5.1

}  // namespace penstock::sdp
