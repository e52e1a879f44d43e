// What the tests of session descriptions share: captured descriptions, and builders of small ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controlplane/sdp/negotiation.h"
#include "controlplane/sdp/publisher_negotiation.h"
#include "controlplane/sdp/session_description.h"

namespace penstock::sdp {

// Offers that Chromium 156 and Firefox 153 made, without ".sdp".
extern const std::vector<std::string> kCapturedOffers;

// The text of tests/unit/sdp/data/<name>.sdp.
std::string captured_text(const std::string& name);
SessionDescription captured(const std::string& name);

// What the answer to an offer warns of, with a policy that allows all codecs.
std::vector<std::string> warnings_of(const std::string& offer);

// Parses what must parse.
SessionDescription parsed(std::string_view text);

LocalTransportParameters local_transport(std::uint64_t session_version = 1);

// A policy that allows all codecs, VP8 first.
PublisherPolicy all_codecs();

// An offer made of this session part and m-lines: with v=, o=, fingerprint, credentials and
// setup:actpass at the session level, so that m-lines can be short.
std::string offer_text(const std::vector<std::string>& media, std::string_view session = "");
// m-lines with mid and rtcp-mux; `more` are further lines, each ended by "\n".
std::string audio_lines(std::string_view mid, std::string_view more = "");
std::string video_lines(std::string_view mid, std::string_view more = "");

// `text` with every occurrence of `from` replaced.
std::string replaced(std::string text, std::string_view from, std::string_view to);

}  // namespace penstock::sdp
