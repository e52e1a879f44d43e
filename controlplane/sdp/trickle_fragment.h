// The part of a session description that WHIP and WHEP send in a PATCH
// (application/trickle-ice-sdpfrag, RFC 8840 section 9; how it is used: RFC 9725 section 4.3): ICE
// credentials and candidates of m-lines that are told apart by their mid. Values and pure
// functions; any control thread. Time is linear in the size of the text and bounded by limits.h.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::sdp {

// What is said of one m-line. Players repeat the same mid, write `m=audio 9 RTP/AVP 0` or no m-line
// at all: only the mid counts, and that may be empty.
struct FragmentMedia {
  std::string kind;  // of the m= line; empty if there is none
  std::string mid;
  std::vector<std::string> candidates;  // attribute values without "candidate:"
  bool end_of_candidates = false;
  bool operator==(const FragmentMedia&) const = default;
};

struct TrickleFragment {
  bool ice_lite = false;
  std::vector<std::string> ice_options;
  // Of the session level, or else the first that an m-line has: there is one transport. Empty: none
  // are said.
  std::string ice_ufrag;
  std::string ice_pwd;
  std::vector<FragmentMedia> media;
  bool operator==(const TrickleFragment&) const = default;
};

// Reads a fragment as it comes from a client. What stands around values and which line ends there
// are does not matter, as in parser.h; lines and attributes that are not named above are ignored,
// so that a whole description passes, too. Candidates are neither parsed nor resolved; those beyond
// kCandidatesMax are left out. Refused is what has lines of another form, ICE credentials that are
// not as RFC 8839 section 5.4 wants them, or one of the two alone, and what says nothing at all.
std::expected<TrickleFragment, std::string> parse_trickle_fragment(std::string_view text);

// With the credentials in the first m-line, where there is one.
std::string write_trickle_fragment(const TrickleFragment& fragment);

}  // namespace penstock::sdp
