// What an offer or answer asked for and did not get: told to the peer's developer by the API, and
// to the operator by one line of the log. Control thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "controlplane/media/media.h"
#include "controlplane/sdp/warnings.h"

namespace penstock {

// What the parser says and what the negotiation says, one after the other.
std::vector<std::string> all_warnings(sdp::Warnings& of_parser,
                                      std::span<const std::string> of_negotiation);

// One line, at a limited rate; none if there are no warnings.
void log_warnings(PeerId peer, std::span<const std::string> warnings);

// "text: first; second": an error that says what led to it.
std::string explained(std::string text, std::span<const std::string> warnings);

}  // namespace penstock
