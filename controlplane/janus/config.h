// How the Janus core is set up; made from the server's configuration, passed by value, never
// changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "controlplane/janus/access_tokens.h"
#include "controlplane/janus/forwarding_rules.h"
#include "controlplane/room/id.h"
#include "controlplane/room/room_settings.h"
#include "dataplane/base/time.h"

namespace penstock::janus {

// A room that exists from the start. Who has its secret manages it; without one nobody does.
struct StaticRoom {
  room::Id id;
  room::RoomSettings settings;  // is_static is set for it
};

// How much there can be at a time. Sessions, handles, rooms, participants and subscribers are pools
// of these sizes, whose memory is taken at start.
struct Limits {
  std::size_t sessions = 4'096;
  std::size_t handles = 8'192;
  std::size_t rooms = 256;
  std::size_t participants = 2'048;                   // in all rooms together, dummies included
  std::size_t subscribers = 4'096;                    // connections, in all rooms together
  std::size_t subscriptions_per_subscriber_max = 64;  // m-lines of one connection
  // Events that wait for a long poll or a claim, in bytes. Over the first the session ends; over
  // the second the one whose events have waited longest.
  std::size_t unread_bytes_per_session_max = 32 * 1024 * 1024;
  std::size_t unread_bytes_max = 256 * 1024 * 1024;  // of all sessions

  // Of one client. Who shows the API secret has none of these (caller.h).
  std::size_t sessions_per_address_max = 2'048;     // IPv6: per /64
  std::size_t sessions_per_connection_max = 2'048;  // of one WebSocket
  std::size_t handles_per_session_max = 4'096;
  std::size_t rooms_per_address_max = 32;  // that are there, made without the admin_key
  std::uint32_t requests_per_session_per_s = 1'000;
  std::uint32_t requests_per_session_burst = 4'000;
};

struct JanusConfig {
  std::string server_name = "Penstock";
  std::string version = "0.1.0";            // of Penstock, "major.minor.patch"
  std::string local_ip;                     // for server_info only
  bool has_ipv6 = false;                    // likewise
  std::string api_secret;                   // each request must carry it; empty: none
  TokenOptions tokens;                      // or one of these, if they are needed
  std::string admin_key;                    // needed to create rooms, shows all; empty: none
  Duration session_timeout = 60 * kSecond;  // without a request; 0: never
  // How long a session outlives its WebSocket, waiting to be claimed; 0: not at all.
  Duration reclaim_session_timeout = 0;
  bool has_string_ids = false;        // rooms and participants have texts as ids
  std::string recording_folder;       // below it recordings are; empty: there are none
  bool has_opaque_id_in_api = false;  // what is said to a handle carries its opaque_id
  Limits limits;
  ForwardingRules forwarding;
  std::vector<StaticRoom> static_rooms = {default_room()};

  // Room 1234, "Demo Room", as in the default configuration of Janus.
  static StaticRoom default_room();
};

}  // namespace penstock::janus
