// What WHIP and WHEP want of an offer beside what every description has to be (RFC 9725 sections
// 4.2 and 4.4): its direction, and how many tracks it has. Pure functions.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "controlplane/signalling/message_channel.h"
#include "controlplane/whip/session.h"

namespace penstock::whip {

// Why a request is not followed: an HTTP status and a text for the client's developer.
struct Fault {
  unsigned status = 400;
  std::string text;
};

// An offer of this API: to send at most one audio and one video (WHIP), or to receive (WHEP). One
// to receive that has no m-line at all is not at fault: it is answered with an offer (facts without
// credentials).
std::expected<OfferFacts, Fault> read_offer(std::string_view sdp, HttpApi api);
// The answer to an offer of ours.
std::expected<OfferFacts, Fault> read_answer(std::string_view sdp);

}  // namespace penstock::whip
