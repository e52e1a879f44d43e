// The responses of WHIP and WHEP. Values and pure functions.
#pragma once

#include <string>
#include <string_view>

#include "controlplane/room/guests.h"
#include "controlplane/signalling/message_channel.h"
#include "controlplane/whip/offer_rules.h"

namespace penstock::whip {

inline constexpr std::string_view kSdpType = "application/sdp";
inline constexpr std::string_view kFragmentType = "application/trickle-ice-sdpfrag";
inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kEventStreamType = "text/event-stream";

// Whether a Content-Type is this one, with parameters or without.
bool is_type(std::string_view content_type, std::string_view wanted);
// The token of "Authorization: Bearer <token>" (RFC 6750 section 2.1); empty if it is none.
std::string_view bearer_token(std::string_view authorization);
// As one segment of a path (RFC 3986 section 3.3).
std::string percent_encoded(std::string_view text);

// A status without content.
HttpApiResponse plain(unsigned status);
// Why a request is not followed, as problem details (RFC 9457).
HttpApiResponse problem(unsigned status, std::string_view detail);
inline HttpApiResponse problem(const Fault& fault) { return problem(fault.status, fault.text); }
// Likewise, when it may be tried again.
HttpApiResponse busy(unsigned status, std::string_view detail, unsigned retry_after_s);
HttpApiResponse refusal(const room::GuestError& error);
HttpApiResponse not_allowed(std::string allow);

}  // namespace penstock::whip
