// A session of WHIP or WHEP: one publisher or player, with the one connection that it has. Lies in
// the pool of the SessionTable, which finds it; owned by the Service. Control thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/media/media.h"
#include "controlplane/room/id.h"
#include "controlplane/signalling/message_channel.h"
#include "controlplane/whip/layer_choice.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/base/time.h"

namespace penstock::whip {

// What the client's description says that matters later.
struct OfferFacts {
  std::string ice_ufrag;
  std::string ice_pwd;
  std::string kind;  // of the m-line that has the transport (the BUNDLE-tagged one)
  std::string mid;
};

// A GET that waits for something to happen.
struct EventPoll {
  ExchangeId exchange{};
  Timestamp deadline = 0;
};

struct Session {
  Session(std::string session_id, PeerId connection, HttpApi of_api)
      : id(std::move(session_id)), peer(connection), api(of_api) {}

  std::string id;  // in its URL: who knows it has shown what there was to show
  PeerId peer;     // of its connection, and its name as a guest of the room
  HttpApi api;
  room::Id room{};
  std::optional<room::Id> feed{};      // what the URL of the player's endpoint named
  std::string token{};                 // that opened the room; empty: none was needed
  std::optional<IpAddress> network{};  // that it counts for; absent: for none
  std::string etag{};                  // of this generation of ICE credentials, without quotes
  OfferFacts remote{};

  // Of a player.
  std::optional<Timestamp> answers_until{};  // an offer of ours waits for its answer
  std::vector<std::string> mids{};           // of its m-lines, index by index; empty: not shown
  // What was chosen of each m-line, index by index; shorter: nothing of the rest.
  std::vector<std::optional<LayerChoice>> choices{};
  bool is_active = true;                    // it is shown something
  std::optional<Timestamp> absent_since{};  // something that it was shown is not published now
  Timestamp resume_at = kNever;             // then it is looked for again
  std::uint64_t version = 1;                // of what events say
  std::optional<EventPoll> poll{};
};

}  // namespace penstock::whip
