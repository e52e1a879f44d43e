// How WHIP and WHEP are set up; made from the server's configuration, passed by value, never
// changed.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dataplane/base/time.h"

namespace penstock::whip {

struct Config {
  std::size_t sessions = 4'096;  // a pool of this size, whose memory is taken at start
  std::size_t sessions_per_address_max = 2'048;  // IPv6: per /64; not of who shows the API secret
  bool has_string_ids = false;                   // rooms and participants have texts as ids
  // Values of Link fields, one for each ICE server that clients are told of (RFC 9725 section 4.6).
  std::vector<std::string> ice_links{};
  Duration answer_timeout = 30 * kSecond;  // of the client, to an offer of ours
  Duration absence_max = 30 * kSecond;     // of its publisher, after which a player's session ends
  Duration resume_interval = 500 * kMillisecond;  // at which it is looked for
};

}  // namespace penstock::whip
