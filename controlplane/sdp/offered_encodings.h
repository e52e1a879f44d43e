// The RTP streams that an m-line offers to send: SSRCs and simulcast rids. Internal to negotiation;
// pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controlplane/sdp/session_description.h"

namespace penstock::sdp {

// The media SSRCs of an m-line, in order: without those that repair others (RFC 4588 section 8.8,
// RFC 5956 section 4).
std::vector<std::uint32_t> media_ssrcs(const MediaDescription& offered);

// The rids that the m-line offers to send as simulcast (RFC 8853), in order of preference, as far
// as RTP packets can carry them.
std::vector<std::string> offered_rids(const MediaDescription& offered);

// Of them those that are taken: all that may be sent with the payload type, as many as a stream can
// have.
std::vector<std::string> accepted_rids(const MediaDescription& offered, std::uint8_t payload_type);

// The media SSRCs of an m-line by whose they are.
struct OfferedSources {
  // Of the m-line's track: encodings of one picture if there are several, in the order of
  // a=ssrc-group:SIM if that is there.
  std::vector<std::uint32_t> track;
  // Of other tracks (Plan B: several "msid" in one m-line), with those that repair them.
  std::vector<std::uint32_t> others;
};
OfferedSources offered_sources(const MediaDescription& offered);

}  // namespace penstock::sdp
